import { YNotebook } from '@jupyter/ydoc';
import { beforeEach, describe, expect, it } from 'vitest';
import { writeRole, writeRoute } from '../write';

describe('writing a role', () => {
  let notebook: YNotebook;
  const cell = () => notebook.getCell(0);

  beforeEach(() => {
    // As JupyterLab opens notebooks: each cell undoes its own changes.
    notebook = new YNotebook({ disableDocumentWideUndoRedo: true });
    notebook.insertCell(0, {
      cell_type: 'code',
      source: '# modelship: train\nfit()',
      metadata: { tags: ['other'], name: 'x' }
    });
  });

  it('is one change that undo takes back and redo gives again', () => {
    let changes = 0;
    cell().changed.connect(() => (changes += 1));
    writeRole(cell(), 'setup');
    expect(cell().getSource()).toBe('# modelship: setup\nfit()');
    expect(changes).toBe(1);
    cell().undo();
    expect(cell().getSource()).toBe('# modelship: train\nfit()');
    cell().redo();
    expect(cell().getSource()).toBe('# modelship: setup\nfit()');
  });

  it('keeps the other metadata, and takes an empty list of tags away', () => {
    cell().setSource('fit()');
    cell().clearUndoHistory();
    writeRole(cell(), 'endpoint');
    expect(cell().getMetadata()).toEqual({
      name: 'x',
      tags: ['other', 'endpoint']
    });
    cell().undo();
    expect(cell().getMetadata()).toEqual({ name: 'x', tags: ['other'] });
    cell().setMetadata('tags', ['skip']);
    writeRole(cell(), '');
    expect(cell().getMetadata()).toEqual({ name: 'x' });
  });

  it('writes a route beside the tag', () => {
    cell().setSource('def f(): ...');
    writeRoute(cell(), { method: 'GET', path: '/f' });
    expect(cell().getMetadata('tags')).toEqual(['other', 'endpoint:GET /f']);
  });

  it('reads tags that are no list of words as none', () => {
    cell().setSource('');
    cell().setMetadata('tags', { hostile: ['<img onerror>'] });
    writeRole(cell(), 'skip');
    expect(cell().getMetadata('tags')).toEqual(['skip']);
  });

  it('changes nothing where nothing is to change', () => {
    writeRole(cell(), 'train');
    expect(cell().canUndo()).toBe(false);
  });
});
