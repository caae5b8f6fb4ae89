import type { Cell } from '@jupyterlab/cells';
import { NotebookActions } from '@jupyterlab/notebook';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { PromiseDelegate } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';

import { correction, lineSpan, shifted } from './span';

/**
 * Milliseconds without a move after which a cell has come to rest. JupyterLab scrolls back to what
 * it was last asked for until three seconds after a cell has changed its height.
 */
const REST = 3500;
/** Milliseconds after which a notebook that never rests is left alone. */
const LIMIT = 60000;
/** Milliseconds between two requests to draw a cell that is far away. */
const PATIENCE = 500;
/** What people do to look elsewhere. */
const LEAVES = ['wheel', 'touchstart', 'pointerdown', 'keydown'] as const;

/**
 * Brings the active cell of a notebook into view, or a line of it, and keeps it there while
 * JupyterLab gives the cells around it their real height, which it does when it is idle. Ends as
 * soon as people point, scroll or type in the notebook, or another cell becomes the active one.
 */
export class Landing implements IDisposable {
  private readonly _placed = new PromiseDelegate<void>();
  /** Distance from the top of the view, in the frame before; null until it was in view. */
  private _top: number | null = null;
  private _since = performance.now();
  private _moved = this._since;
  private _asked = -PATIENCE;
  private _frame: number;
  private _isDisposed = false;

  /** `line` counts from 1. */
  constructor(
    private readonly _panel: NotebookPanel,
    private readonly _cell: Cell,
    private readonly _line: number | null
  ) {
    if (_cell.isHidden) {
      NotebookActions.expandParent(_cell, _panel.content);
    }
    LEAVES.forEach(type =>
      _panel.node.addEventListener(type, this._end, {
        capture: true,
        passive: true
      })
    );
    this._frame = requestAnimationFrame(this._look);
  }

  /** Fulfilled as soon as the cell is in view, or nobody waits for it any more. */
  get placed(): Promise<void> {
    return this._placed.promise;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    cancelAnimationFrame(this._frame);
    LEAVES.forEach(type =>
      this._panel.node.removeEventListener(type, this._end, { capture: true })
    );
    this._placed.resolve();
  }

  private readonly _end = () => this.dispose();

  private readonly _look = (now: number) => {
    if (this._isOver(now)) {
      return this.dispose();
    }
    this._frame = requestAnimationFrame(this._look);
    if (this._isDrawn) {
      this._hold(now);
    } else {
      this._moved = now;
      this._draw(now);
    }
  };

  private _isOver(now: number): boolean {
    return (
      this._cell.isDisposed ||
      this._panel.content.activeCell !== this._cell ||
      (this._top !== null && !this._panel.isVisible) ||
      now - this._since > LIMIT ||
      (now - this._moved > REST && this._isComplete)
    );
  }

  /** The cell has room in the notebook. Windowing keeps an active cell that is far away, empty. */
  private get _isDrawn(): boolean {
    const { inViewport, node } = this._cell;
    return inViewport && node.isConnected && node.offsetHeight > 0;
  }

  /** Every cell up to this one has been drawn once. */
  private get _isComplete(): boolean {
    const { widgets } = this._panel.content;
    const end = widgets.indexOf(this._cell) + 1;
    return !widgets.slice(0, end).some(each => each.isPlaceholder());
  }

  /** Only with windowing need JupyterLab be asked: else it draws one cell after the other. */
  private _draw(now: number): void {
    const { content } = this._panel;
    const windowed = content.notebookConfig.windowingMode === 'full';
    if (windowed && now - this._asked >= PATIENCE) {
      this._asked = now;
      content
        .scrollToItem(content.widgets.indexOf(this._cell), 'smart')
        .catch(() => undefined); // refused where it is asked for another cell meanwhile
    }
  }

  /** Undoes what has moved the cell since the last frame, and brings it into view where it is not. */
  private _hold(now: number): void {
    const outer = this._panel.content.outerNode;
    const view = outer.getBoundingClientRect();
    const cell = this._cell.node.getBoundingClientRect();
    const line = lineSpan(this._cell, this._line) ?? cell;
    const first = this._top === null;
    const drift = line.top - view.top - (this._top ?? line.top - view.top);
    const target = cell.height > view.height ? line : cell;
    const by = drift + correction(shifted(target, -drift), view, first);
    const before = outer.scrollTop;
    if (Math.abs(by) >= 1) {
      outer.scrollTop = before + by;
    }
    const done = outer.scrollTop - before;
    if (first) {
      this._since = now;
    }
    if (first || done !== 0) {
      this._moved = now;
    } else {
      this._placed.resolve();
    }
    this._top = line.top - view.top - done;
  }
}
