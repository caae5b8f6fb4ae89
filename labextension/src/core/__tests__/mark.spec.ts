import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import type { Cell } from '@jupyterlab/cells';
import { describe, expect, it, vi } from 'vitest';
import { type IMark, mark, markView, markedLines } from '../mark';

const failure = (line: number, message = 'KeyError'): IMark => ({
  kind: 'failure',
  line,
  message
});

function editor(doc = 'one\ntwo\nthree'): EditorView {
  return new EditorView({
    state: EditorState.create({ doc }),
    parent: document.body
  });
}

const notes = (view: EditorView) =>
  [...view.dom.querySelectorAll('.jp-modelship-note')].map(
    node => node.textContent
  );

describe('marks of an editor', () => {
  it('stand on their line, with the message below it', () => {
    const view = editor();
    markView(view, 'failures', [failure(2)]);
    expect(markedLines(view.state, 'failures')).toEqual([2]);
    expect(
      view.dom.querySelector('.jp-modelship-mark-failure')?.textContent
    ).toBe('two');
    expect(notes(view)).toEqual(['KeyError']);
  });

  it('are replaced by their owner and left alone by others', () => {
    const view = editor();
    markView(view, 'failures', [failure(1), failure(3)]);
    markView(view, 'go-to', [{ kind: 'place', line: 2 }]);
    markView(view, 'failures', [failure(3)]);
    expect(markedLines(view.state, 'failures')).toEqual([3]);
    expect(markedLines(view.state, 'go-to')).toEqual([2]);
    markView(view, 'failures', []);
    expect([markedLines(view.state, 'failures'), notes(view)]).toEqual([
      [],
      []
    ]);
  });

  it('travel with their line, also when they are said again', () => {
    const view = editor();
    markView(view, 'failures', [failure(2)]);
    view.dispatch({ changes: { from: 0, insert: 'zero\n' } });
    expect(markedLines(view.state, 'failures')).toEqual([3]);
    markView(view, 'failures', [failure(2, 'KeyError, twice')]);
    expect(markedLines(view.state, 'failures')).toEqual([3]);
    expect(notes(view)).toEqual(['KeyError, twice']);
  });

  it('go with their line, and stay away until their owner begins anew', () => {
    const view = editor('one\n\nthree\nfour');
    markView(view, 'failures', [failure(1), failure(3)]);
    view.dispatch({ changes: { from: 4, to: 10, insert: '3' } });
    expect(markedLines(view.state, 'failures')).toEqual([1]);
    expect(notes(view)).toEqual(['KeyError']);
    markView(view, 'failures', [failure(1), failure(3)]);
    expect(markedLines(view.state, 'failures')).toEqual([1]);
    markView(view, 'failures', []);
    markView(view, 'failures', [failure(3)]);
    expect(markedLines(view.state, 'failures')).toEqual([3]);
  });

  it('keep to the lines that there are', () => {
    const view = editor();
    markView(view, 'failures', [failure(99), failure(-5), failure(NaN)]);
    expect(markedLines(view.state, 'failures')).toEqual([1, 3]);
  });

  it('are dismissed by a button', () => {
    const view = editor();
    const run = vi.fn();
    markView(view, 'failures', [
      { ...failure(1), dismiss: { label: 'Dismiss', run } }
    ]);
    view.dom
      .querySelector<HTMLButtonElement>('.jp-modelship-note button')
      ?.click();
    expect(run).toHaveBeenCalledOnce();
  });

  it('show hostile messages as text, cut', () => {
    const view = editor();
    markView(view, 'failures', [
      failure(1, `<img src=x onerror=alert(1)>\u202e${'x'.repeat(10_000)}`)
    ]);
    expect(view.dom.querySelector('img')).toBeNull();
    expect(notes(view)[0]).toMatch(
      /^<img src=x onerror=alert\(1\)>⟨U\+202E⟩x+…$/
    );
    expect(notes(view)[0]?.length).toBeLessThan(500);
  });
});

describe('marks of a cell', () => {
  function unseen(): { cell: Cell; show: () => Promise<EditorView> } {
    let resolve: () => void = () => undefined;
    const ready = new Promise<void>(done => (resolve = done));
    const cell = { editor: null, isDisposed: false, ready } as unknown as Cell;
    const show = async () => {
      const view = editor();
      Object.assign(cell, { editor: { editor: view } });
      resolve();
      await ready;
      return view;
    };
    return { cell, show };
  }

  it('wait until the cell was first seen, and the newest count', async () => {
    const { cell, show } = unseen();
    mark(cell, 'failures', [failure(1)]);
    mark(cell, 'go-to', [{ kind: 'place', line: 3 }]);
    mark(cell, 'failures', [failure(2)]);
    const view = await show();
    expect(markedLines(view.state, 'failures')).toEqual([2]);
    expect(markedLines(view.state, 'go-to')).toEqual([3]);
    mark(cell, 'failures', []);
    expect(markedLines(view.state, 'failures')).toEqual([]);
  });
});
