import type { NotebookPanel } from '@jupyterlab/notebook';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { Panel, Widget } from '@lumino/widgets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Follower, LookHandle } from '../../core/follower';
import { notebook, OpenNotebook } from '../../core/__tests__/notebooks';
import type { ILook, VerdictKind } from '../../wire';
import { Badging } from '../badging';

/** The longest that a badge may wait before the server is asked, in milliseconds. */
const LONGEST_MS = 150;

const trans = nullTranslator.load('jupyter_modelship');

/** What the server says of a notebook with one cell. */
function look(cell: string, verdict: VerdictKind): ILook {
  return {
    cells: [
      { id: cell, number: 1, verdict, chain: [], tags: [], drifted: false }
    ],
    endpoints: [{ function: 'f', method: 'POST', path: '/f', cell, line: 1 }],
    findings: [],
    live: null
  } as unknown as ILook;
}

describe('a badge', () => {
  let opened: OpenNotebook;
  let answers: ((look: ILook) => void)[];
  let input: Panel;
  let badging: Badging;

  beforeEach(async () => {
    opened = new OpenNotebook('iris.ipynb', notebook(1)); // it has a timer of its own
    vi.useFakeTimers();
    answers = [];
    input = new Panel();
    const follower = new Follower(
      opened.context,
      () => new Promise(resolve => answers.push(resolve))
    );
    const cell = {
      model: { id: opened.shared.getCell(0).id, type: 'code' },
      ready: Promise.resolve(),
      inputArea: input,
      disposed: new Signal<object, void>({})
    };
    const content = Object.assign(new Widget(), {
      widgets: [cell],
      model: { cells: { changed: new Signal<object, void>({}) } }
    });
    badging = new Badging(
      { content } as unknown as NotebookPanel,
      new LookHandle(follower),
      trans,
      true
    );
    await told('source');
  });

  afterEach(() => {
    badging.dispose();
    vi.useRealTimers();
    opened.shared.dispose();
  });

  /** The server answers the question that waits. */
  async function told(verdict: VerdictKind): Promise<void> {
    await vi.advanceTimersByTimeAsync(0);
    answers.shift()!(look(opened.shared.getCell(0).id, verdict));
    await vi.advanceTimersByTimeAsync(0);
  }

  const word = (): string | null | undefined =>
    input.node.querySelector('.jp-modelship-badge-word')?.textContent;

  it('follows an edit after one timer and one question, and changes in the turn of the answer', async () => {
    expect([word(), vi.getTimerCount()]).toEqual(['source', 0]);
    opened.shared.getCell(0).setSource('x = 2');
    expect([answers.length, vi.getTimerCount()]).toEqual([0, 1]);
    await vi.advanceTimersByTimeAsync(LONGEST_MS);
    expect([answers.length, vi.getTimerCount()]).toEqual([1, 0]);
    await told('stays');
    expect([word(), vi.getTimerCount()]).toEqual(['stays', 0]);
  });

  it('follows somebody who types on without a pause just as soon', async () => {
    for (let at = 0; at < LONGEST_MS; at += 10) {
      opened.shared.getCell(0).setSource(`x = ${at}`);
      expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(answers).toHaveLength(1);
    await told('stays');
    expect(word()).toBe('stays');
  });
});
