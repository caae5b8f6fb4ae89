import { describe, expect, it } from 'vitest';

import { DocumentText } from '../document';
import { notebook } from './notebooks';

describe('the text of an open notebook', () => {
  it('is the notebook without its outputs', () => {
    const text = new DocumentText(notebook(2)).text();
    expect(JSON.parse(text)).toEqual({
      cells: [0, 1].map(index => ({
        id: `cell-${index}`,
        cell_type: 'code',
        source: `value_${index} = ${index}`,
        metadata: { tags: [] },
        execution_count: null,
        outputs: []
      })),
      metadata: {},
      nbformat: 4,
      nbformat_minor: 5
    });
  });

  it('follows source, tags, execution, and cells that come, go and move', () => {
    const shared = notebook(3);
    const document = new DocumentText(shared);
    let changes = 0;
    document.changed.connect(() => (changes += 1));
    const cells = () =>
      (
        JSON.parse(document.text()) as {
          cells: { id: string; source: string }[];
        }
      ).cells;
    cells();
    shared.getCell(1).setSource('x = 1');
    expect(cells()[1].source).toBe('x = 1');
    shared.getCell(1).setMetadata('tags', ['endpoint']);
    expect(document.text()).toContain('endpoint');
    shared.moveCell(0, 2);
    expect(cells().map(cell => cell.id)).toEqual([
      'cell-1',
      'cell-2',
      'cell-0'
    ]);
    shared.deleteCell(0);
    shared.insertCell(0, {
      cell_type: 'markdown',
      source: '# Title',
      id: 'new'
    });
    expect(cells().map(cell => cell.id)).toEqual(['new', 'cell-2', 'cell-0']);
    shared.getCell(0).setSource('# Other');
    expect(cells()[0].source).toBe('# Other');
    expect(changes).toBeGreaterThanOrEqual(6);
  });

  it('is not troubled by outputs, however many', () => {
    const shared = notebook(1);
    const document = new DocumentText(shared);
    let changes = 0;
    document.changed.connect(() => (changes += 1));
    const cell = shared.getCell(0) as unknown as {
      setOutputs(outputs: object[]): void;
    };
    cell.setOutputs([{ output_type: 'stream', name: 'stdout', text: 'more' }]);
    expect(changes).toBe(0);
    expect(document.text()).not.toContain('more');
  });

  it('writes one cell for an edit among 500, in far less than a frame', () => {
    const shared = notebook(500, 40);
    const document = new DocumentText(shared);
    document.text();
    let read = 0;
    for (const cell of shared.cells) {
      const original = cell.getSource.bind(cell);
      cell.getSource = () => {
        read += 1;
        return original();
      };
    }
    const times: number[] = [];
    for (let edit = 0; edit < 20; edit++) {
      shared.getCell(250).setSource(`x = ${edit}`);
      const started = performance.now();
      document.text();
      times.push(performance.now() - started);
    }
    expect(read).toBe(20);
    expect(times.sort((a, b) => a - b)[10]).toBeLessThan(8);
  });

  it('ends with its disposal', () => {
    const shared = notebook(1);
    const document = new DocumentText(shared);
    let changes = 0;
    document.changed.connect(() => (changes += 1));
    document.dispose();
    shared.getCell(0).setSource('x = 1');
    expect(changes).toBe(0);
  });
});
