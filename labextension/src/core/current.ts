import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { INotebookTracker } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { ICurrent } from '../tokens';
import { serverPath } from './paths';

/** The path of the notebook in front, through renaming. */
export class Current implements ICurrent {
  private _context: DocumentRegistry.Context | null = null;
  private _changed = new Signal<this, void>(this);

  constructor(private readonly _tracker: INotebookTracker) {
    _tracker.currentChanged.connect(this._onCurrent, this);
    this._onCurrent();
  }

  get path(): string | null {
    return this._context && serverPath(this._context);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  private _onCurrent(): void {
    const context = this._tracker.currentWidget?.context ?? null;
    if (context === this._context) {
      return;
    }
    this._context?.pathChanged.disconnect(this._onPath, this);
    context?.pathChanged.connect(this._onPath, this);
    this._context = context;
    this._changed.emit();
  }

  private _onPath(): void {
    this._changed.emit();
  }
}
