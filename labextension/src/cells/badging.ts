import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { PanelLayout } from '@lumino/widgets';
import type { ILookHandle } from '../tokens';
import { BadgeView } from './badge';
import { type Badges, type IBadge, NONE, badges, difference } from './badges';

const CLASS = 'jp-modelship-badged';

/** Keeps the badges of one open notebook true; touches a cell only when its own badge changes. */
export class Badging implements IDisposable {
  private _views = new Map<Cell, BadgeView>();
  /** Cells that have a view, or get one when they are first seen. */
  private _placed = new WeakSet<Cell>();
  private _badges: Badges = NONE;
  private _changed = new Signal<this, void>(this);
  private _isDisposed = false;

  /** The context of `panel` is ready. */
  constructor(
    private readonly _panel: NotebookPanel,
    private readonly _handle: ILookHandle,
    private readonly _trans: TranslationBundle,
    private _shown: boolean
  ) {
    _handle.changed.connect(this._refresh, this);
    _panel.content.model?.cells.changed.connect(this._place, this);
    this._refresh();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      Signal.clearData(this);
      this._clear();
    }
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What stands at the edge of a cell; undefined where nothing does. */
  of(cell: string): IBadge | undefined {
    return this._badges.get(cell);
  }

  /** The user's setting. */
  set shown(shown: boolean) {
    this._shown = shown;
    this._refresh();
  }

  private _refresh(): void {
    const ids = this._panel.content.widgets.map(cell => cell.model.id);
    const look = this._shown ? this._handle.look : null;
    const after = badges(look, ids, this._trans);
    const changed = difference(this._badges, after);
    this._badges = after;
    if (after.size === 0) {
      this._clear();
    } else {
      this._show(changed);
    }
    if (changed.size) {
      this._changed.emit();
    }
  }

  private _show(changed: ReadonlySet<string>): void {
    this._views.forEach((view, cell) => {
      if (changed.has(cell.model.id)) {
        view.badge = this._badges.get(cell.model.id);
      }
    });
    this._panel.content.addClass(CLASS);
    this._place();
  }

  /** New cells get a view as soon as they have an input area: with windowing, when first seen. */
  private _place(): void {
    if (this._badges.size === 0) {
      return;
    }
    for (const cell of this._panel.content.widgets) {
      if (cell.model.type === 'code' && !this._placed.has(cell)) {
        this._placed.add(cell);
        void cell.ready.then(() => this._attach(cell));
      }
    }
  }

  private _attach(cell: Cell): void {
    if (!this._placed.has(cell) || this._views.has(cell) || !cell.inputArea) {
      return;
    }
    const view = new BadgeView(this._trans);
    view.badge = this._badges.get(cell.model.id);
    (cell.inputArea.layout as PanelLayout).addWidget(view);
    this._views.set(cell, view);
    cell.disposed.connect(this._forget, this);
  }

  private _forget(cell: Cell): void {
    this._views.delete(cell);
  }

  private _clear(): void {
    this._panel.content.removeClass(CLASS);
    this._views.forEach(view => view.dispose());
    this._views.clear();
    this._placed = new WeakSet();
  }
}
