import type { Cell } from '@jupyterlab/cells';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { serverPath } from '../core/paths';
import type { ILookHandle, IModelship } from '../tokens';
import type { IBadge } from './badges';
import { Badging } from './badging';
import { Failing } from './failing';
import { Failures } from './failures';
import type { IVerdicts } from './tool';

/** What the user wants to see on cells. */
export interface IShown {
  badges: boolean;
  failures: boolean;
}

interface IOpen {
  handle: ILookHandle;
  badging: Badging;
  failing: Failing;
}

/** Badges and marks of every notebook that is open, as long as it is. */
export class Notebooks implements IVerdicts {
  private _open = new Map<NotebookPanel, IOpen>();
  private _failures: Failures;
  private _shown: IShown = { badges: true, failures: true };
  private _changed = new Signal<this, void>(this);

  constructor(
    private readonly _modelship: IModelship,
    tracker: INotebookTracker,
    private readonly _trans: TranslationBundle
  ) {
    this._failures = new Failures(_modelship.services, name =>
      _modelship.api.failures(name)
    );
    tracker.forEach(panel => this._added(tracker, panel));
    tracker.widgetAdded.connect(this._added, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  of(cell: Cell): IBadge | undefined {
    for (const [panel, { badging }] of this._open) {
      if (panel.content === cell.parent) {
        return badging.of(cell.model.id);
      }
    }
    return undefined;
  }

  set shown(shown: IShown) {
    this._shown = shown;
    this._open.forEach(({ badging, failing }) => {
      badging.shown = shown.badges;
      failing.shown = shown.failures;
    });
  }

  private _added(_: INotebookTracker, panel: NotebookPanel): void {
    void panel.context.ready.then(() => {
      const handle = panel.isDisposed
        ? null
        : this._modelship.looks.of(serverPath(panel.context));
      if (handle) {
        this._follow(panel, handle);
      }
    });
  }

  private _follow(panel: NotebookPanel, handle: ILookHandle): void {
    const { badges, failures } = this._shown;
    const badging = new Badging(panel, handle, this._trans, badges);
    const failing = new Failing(panel, this._failures, this._trans, failures);
    badging.changed.connect(this._onBadges, this);
    this._open.set(panel, { handle, badging, failing });
    panel.disposed.connect(this._closed, this);
  }

  private _onBadges(): void {
    this._changed.emit();
  }

  private _closed(panel: NotebookPanel): void {
    const open = this._open.get(panel);
    this._open.delete(panel);
    open?.badging.dispose();
    open?.failing.dispose();
    open?.handle.dispose();
  }
}
