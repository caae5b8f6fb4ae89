import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import { needsAttention } from '../core/services';
import type { ILookHandle, IModelship } from '../tokens';
import type { ILook, IProblem, IRunEvent, IService, Json } from '../wire';
import { advance, type IProgress, NOT_STARTED } from './progress';
import { active } from './rows';

/** Runs that are followed at once; a row beyond them shows its run without progress. */
const FOLLOWED = 32;

/** The notebook in front. `look` is null until it has been looked at. */
export interface IFront {
  path: string;
  look: ILook | null;
  problem: IProblem | null;
}

/** What the services panel shows. */
export class PanelModel implements IDisposable {
  constructor(private readonly _ship: IModelship) {
    _ship.services.changed.connect(this._onServices, this);
    _ship.channels.stateChanged.connect(this._emit, this);
    _ship.current.changed.connect(this._onFront, this);
    _ship.looks.added.connect(this._onAdded, this);
    this._onFront();
    this._onServices();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Every service, or those that match the filter. */
  get services(): readonly IService[] {
    this._found ??= matching(
      this._ship.services.all,
      this._query,
      this._onlyAttention
    );
    return this._found;
  }

  get total(): number {
    return this._ship.services.all.length;
  }

  get attention(): number {
    return this._ship.services.attention;
  }

  get loaded(): boolean {
    return this._ship.services.loaded;
  }

  /** The server cannot be reached: what is shown is the last that is known. */
  get away(): boolean {
    return this._ship.channels.state === 'away';
  }

  get query(): string {
    return this._query;
  }

  set query(query: string) {
    this._query = query;
    this._refilter();
  }

  /** Only services that need attention are shown. */
  get onlyAttention(): boolean {
    return this._onlyAttention && this.attention > 0;
  }

  set onlyAttention(only: boolean) {
    this._onlyAttention = only;
    this._refilter();
  }

  get front(): IFront | null {
    const path = this._ship.current.path;
    if (path === null) {
      return null;
    }
    return {
      path,
      look: this._handle?.look ?? null,
      problem: this._handle?.problem ?? null
    };
  }

  /** The service of the notebook in front. */
  get frontService(): IService | null {
    const path = this._ship.current.path;
    return path === null ? null : this._ship.services.ofNotebook(path);
  }

  /** How far the newest run of a service has come; null where none is under way. */
  progress(service: IService): IProgress | null {
    return service.run && active(service.run)
      ? (this._progress.get(service.run.id) ?? NOT_STARTED)
      : null;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._handle?.dispose();
    this._runs.forEach(one => one.dispose());
    Signal.clearData(this);
  }

  private _onServices(): void {
    const wanted = new Set(
      this._ship.services.all
        .map(service => service.run)
        .filter(active)
        .slice(0, FOLLOWED)
        .map(run => run.id)
    );
    this._runs.forEach((handle, run) => {
      if (!wanted.has(run)) {
        handle.dispose();
        this._runs.delete(run);
        this._progress.delete(run);
      }
    });
    wanted.forEach(run => this._runs.has(run) || this._follow(run));
    this._refilter();
  }

  private _follow(run: string): void {
    const handle = this._ship.channels.subscribe(`run:${run}`, {
      event: (data: Json) => {
        const before = this._progress.get(run) ?? NOT_STARTED;
        const after = advance(before, data as unknown as IRunEvent);
        if (after.percent !== before.percent || after.stage !== before.stage) {
          this._progress.set(run, after);
          this._emit();
        }
      }
    });
    this._runs.set(run, handle);
  }

  private _onFront(): void {
    const path = this._ship.current.path;
    if (this._handle === null || this._handle.path !== path) {
      this._look(path);
    }
    this._emit();
  }

  /** A notebook was opened; one that was closed before has another handle now. */
  private _onAdded(_: unknown, path: string): void {
    if (path === this._ship.current.path) {
      this._look(path);
      this._emit();
    }
  }

  private _look(path: string | null): void {
    this._handle?.dispose();
    this._handle = path === null ? null : this._ship.looks.of(path);
    this._handle?.changed.connect(this._emit, this);
  }

  private _refilter(): void {
    this._found = null;
    this._emit();
  }

  private _emit(): void {
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _runs = new Map<string, IDisposable>();
  private readonly _progress = new Map<string, IProgress>();
  private _found: readonly IService[] | null = null;
  private _handle: ILookHandle | null = null;
  private _query = '';
  private _onlyAttention = false;
  private _isDisposed = false;
}

/** The services whose name, notebook, target or state holds every word of the query. */
export function matching(
  services: readonly IService[],
  query: string,
  onlyAttention: boolean
): readonly IService[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const pool = onlyAttention ? services.filter(needsAttention) : services;
  const kept = onlyAttention && !pool.length ? services : pool;
  if (!words.length) {
    return kept;
  }
  return kept.filter(service => {
    const text =
      `${service.service} ${service.path ?? ''} ${service.target} ${service.state}`.toLowerCase();
    return words.every(word => text.includes(word));
  });
}
