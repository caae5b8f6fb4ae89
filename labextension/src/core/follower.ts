import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { INotebookModel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { ILookHandle } from '../tokens';
import type { ILook, IProblem } from '../wire';
import { DocumentText } from './document';
import { serverPath } from './paths';
import { Problem } from './problem';

type Context = DocumentRegistry.IContext<INotebookModel>;
type Timer = ReturnType<typeof setTimeout>;

/** A pause in the typing: then the server is asked. */
const QUIET_MS = 60;
/** Somebody who types without a pause sees badges follow all the same. */
const LONGEST_MS = 150;

/**
 * Asks what one open notebook would ship, after each edit that matters, while anybody holds it.
 * One request is under way at a time, of the text as it was then; an edit meanwhile asks again.
 */
export class Follower implements IDisposable {
  look: ILook | null = null;
  problem: IProblem | null = null;
  private _document: DocumentText | null = null;
  private _holders = 0;
  private _asking = false;
  private _stale = true;
  private _timer: Timer | undefined;
  private _since = 0;
  private _live = '';
  private _changed = new Signal<this, void>(this);
  private _isDisposed = false;

  constructor(
    private readonly _context: Context,
    private readonly _ask: (path: string, notebook: string) => Promise<ILook>
  ) {
    _context.pathChanged.connect(this._onEdit, this);
  }

  get path(): string {
    return serverPath(this._context);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    clearTimeout(this._timer);
    this._document?.dispose();
    Signal.clearData(this);
  }

  /** Follow the notebook from now on. */
  hold(): void {
    this._holders += 1;
    if (this._holders > 1) {
      return;
    }
    void this._context.ready.then(() => {
      if (this._holders > 0 && !this._document && !this._isDisposed) {
        this._document = new DocumentText(this._context.model.sharedModel);
        this._document.changed.connect(this._onEdit, this);
        void this._update();
      }
    });
  }

  /** The other end of `hold`. With the last holder the following ends. */
  release(): void {
    this._holders -= 1;
    if (this._holders === 0) {
      clearTimeout(this._timer);
      this._timer = undefined;
      this._document?.dispose();
      this._document = null;
      this._stale = true;
    }
  }

  /** The service of this notebook, in a word that changes when the answer may. */
  live(word: string): void {
    if (word !== this._live) {
      this._live = word;
      this._onEdit();
    }
  }

  /** The server is there again. */
  back(): void {
    if (this.problem) {
      this._onEdit();
    }
  }

  private _onEdit(): void {
    this._stale = true;
    if (!this._document || this._asking) {
      return;
    }
    const now = Date.now();
    if (this._timer === undefined) {
      this._since = now;
    }
    clearTimeout(this._timer);
    const wait = Math.max(
      Math.min(QUIET_MS, this._since + LONGEST_MS - now),
      0
    );
    this._timer = setTimeout(() => void this._update(), wait);
  }

  private async _update(): Promise<void> {
    this._timer = undefined;
    while (this._stale && this._document && !this._asking) {
      this._stale = false;
      this._asking = true;
      await this._once(this._document.text());
      this._asking = false;
    }
  }

  private async _once(text: string): Promise<void> {
    try {
      this.look = await this._ask(this.path, text);
      this.problem = null;
    } catch (thrown) {
      this.problem = Problem.of(thrown);
    }
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }
}

/** One holder's hand on a follower. */
export class LookHandle implements ILookHandle {
  private _changed = new Signal<this, void>(this);
  private _isDisposed = false;

  constructor(private readonly _follower: Follower) {
    _follower.hold();
    _follower.changed.connect(this._onChanged, this);
  }

  get path(): string {
    return this._follower.path;
  }

  get look(): ILook | null {
    return this._follower.look;
  }

  get problem(): IProblem | null {
    return this._follower.problem;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._follower.release();
    Signal.clearData(this);
  }

  private _onChanged(): void {
    this._changed.emit();
  }
}
