import type { IDocumentManager } from '@jupyterlab/docmanager';
import type {
  INotebookModel,
  INotebookTracker,
  NotebookPanel
} from '@jupyterlab/notebook';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { writeRole } from '../cells/write';
import { openAt } from '../commands/saving';
import { DocumentText } from '../core/document';
import { serverPath } from '../core/paths';
import { Problem } from '../core/problem';
import type { ICandidate, Options } from '../wire';
import type { INotebookDoor } from './door';

type Context = NotebookPanel['context'];
type Shared = INotebookModel['sharedModel'];
type Cell = Shared['cells'][number];

/** The notebook at a path, opened when something is to be written into it. */
export class NotebookDoor implements INotebookDoor {
  constructor(
    private readonly _path: string,
    tracker: INotebookTracker,
    private readonly _documents: IDocumentManager
  ) {
    const open = openAt(tracker, _path);
    if (open !== undefined) {
      void this._attach(open.context);
    }
    tracker.widgetAdded.connect(this._onOpened, this);
  }

  get changed(): boolean {
    return this._context !== null && this._now() !== this._saved;
  }

  get changedSignal(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    this._disposed = true;
    clearTimeout(this._timer);
    this._text?.dispose();
    Signal.clearData(this);
  }

  async save(): Promise<void> {
    const context = this._context;
    if (context === null) {
      return;
    }
    await context.ready;
    this._saved = this._now();
    if (context.model.dirty || context.model.collaborative) {
      await context.save();
    }
  }

  async choose(candidate: ICandidate): Promise<void> {
    const shared = await this._shared();
    const cell = found(shared, candidate);
    shared.transact(() => {
      if (candidate.kind === 'call' && candidate.source !== null) {
        cell.setSource(candidate.source);
      }
      writeRole(cell, 'endpoint');
    });
  }

  async keep(options: Options): Promise<void> {
    const shared = await this._shared();
    const now = shared.getMetadata('modelship');
    const before = typeof now === 'object' && now !== null ? now : {};
    shared.setMetadata('modelship', { version: 1, ...before, ...options });
  }

  /** The notebook's content, opened beside the review where it is not open. */
  private async _shared(): Promise<Shared> {
    if (this._context === null) {
      const widget = this._documents.openOrReveal(
        this._path,
        'Notebook',
        undefined,
        {
          activate: false,
          mode: 'tab-after'
        }
      );
      if (widget === undefined) {
        throw new Problem(404, {
          code: 'notebook-unopened',
          message: 'The notebook cannot be opened.',
          remedy: 'Open it from the file browser, then try again.'
        });
      }
      await this._attach((widget as NotebookPanel).context);
    }
    return this._context!.model.sharedModel;
  }

  private async _attach(context: Context): Promise<void> {
    await context.ready;
    if (this._disposed || context.isDisposed || this._context === context) {
      return;
    }
    this._context = context;
    this._text = new DocumentText(context.model.sharedModel);
    this._saved = this._now();
    this._text.changed.connect(this._onText, this);
    context.disposed.connect(this._onClosed, this);
  }

  private _now(): string {
    return this._context === null
      ? ''
      : fingerprint(this._context.model.sharedModel);
  }

  private _onOpened(_: INotebookTracker, panel: NotebookPanel): void {
    if (serverPath(panel.context) === this._path && this._context === null) {
      void this._attach(panel.context);
    }
  }

  private _onClosed(): void {
    this._text?.dispose();
    this._text = null;
    this._context = null;
    this._changed.emit();
  }

  /** Typing comes in bursts; the review only has to know that there was one. */
  private _onText(): void {
    clearTimeout(this._timer);
    this._timer = window.setTimeout(() => this._changed.emit(), 300);
  }

  private _context: Context | null = null;
  private _text: DocumentText | null = null;
  private _saved = '';
  private _timer = 0;
  private _disposed = false;
  private readonly _changed = new Signal<this, void>(this);
}

/**
 * What a plan is made of. Running a cell or connecting a kernel writes into the notebook as well,
 * and ships nothing else: whoever ships is told apart by the plan's digest then.
 */
function fingerprint(shared: Shared): string {
  const cells = shared.cells.map(cell => [
    cell.getId(),
    cell.cell_type,
    cell.getSource(),
    cell.getMetadata('tags')
  ]);
  return JSON.stringify([cells, shared.getMetadata('modelship')]);
}

/** The candidate's cell: by id, or by number where the notebook's format has no ids. */
function found(shared: Shared, candidate: ICandidate): Cell {
  const { cells } = shared;
  const cell =
    cells.find(one => one.getId() === candidate.cell) ??
    cells[candidate.number - 1];
  if (cell === undefined) {
    throw new Problem(409, {
      code: 'notebook-changed',
      message: `Cell ${candidate.number} is gone.`,
      remedy: 'Review again.'
    });
  }
  return cell;
}
