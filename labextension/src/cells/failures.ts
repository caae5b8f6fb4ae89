import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { IServices } from '../tokens';
import type { IFailure, IService } from '../wire';

/** Requests that failed at one line, since it was last looked at. */
export interface IFailedLine {
  cell: string;
  /** Today's number of the cell; null where the notebook has no such cell any more. */
  number: number | null;
  line: number;
  /** The newest of them. */
  latest: IFailure;
  count: number;
}

interface IKnown {
  revision: number;
  /** Errors that the server had counted when it was asked; -1 to ask again. */
  errors: number;
  failures: IFailure[];
}

/** Asks for a service's failures, newest first. */
export type Ask = (service: string) => Promise<IFailure[]>;

/**
 * Failed requests of the revisions that are live, for the notebooks that somebody has open. A new
 * revision starts with a clean sheet: what it mends is no longer marked.
 */
export class Failures {
  private _known = new Map<string, IKnown>();
  private _watched = new Map<string, number>();
  private _seen = new Set<string>();
  private _changed = new Signal<this, void>(this);

  constructor(
    private readonly _services: IServices,
    private readonly _ask: Ask
  ) {
    _services.changed.connect(this._refresh, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Follow the notebook at this path. Calls are counted. */
  watch(path: string): void {
    this._watched.set(path, (this._watched.get(path) ?? 0) + 1);
    this._refresh();
  }

  unwatch(path: string): void {
    const left = (this._watched.get(path) ?? 0) - 1;
    if (left > 0) {
      this._watched.set(path, left);
    } else {
      this._watched.delete(path);
    }
  }

  /** Lines of the notebook at which the live revision failed, in the order of the newest. */
  of(path: string): IFailedLine[] {
    const service = this._services.ofNotebook(path);
    const failures = service
      ? this._known.get(service.service)?.failures
      : undefined;
    return byLine(
      (failures ?? []).filter(
        failure =>
          failure.revision === service?.revision &&
          !this._seen.has(failure.request_id)
      )
    );
  }

  /** Takes away what is marked at this line now. A later failure marks it again. */
  dismiss(path: string, cell: string, line: number): void {
    const service = this._services.ofNotebook(path);
    for (const failure of this._known.get(service?.service ?? '')?.failures ??
      []) {
      if (failure.cell === cell && (failure.line ?? 1) === line) {
        this._seen.add(failure.request_id);
      }
    }
    this._changed.emit();
  }

  private _refresh(): void {
    for (const path of this._watched.keys()) {
      const service = this._services.ofNotebook(path);
      // A service whose first revision is still to come has had no requests.
      if (service && service.revision > 0) {
        void this._update(service);
      }
    }
  }

  /** Asks once for each state that may bring new failures. */
  private async _update(service: IService): Promise<void> {
    const { revision, metrics } = service;
    const errors = metrics?.errors ?? 0;
    const before = this._known.get(service.service);
    if (before?.revision === revision && before.errors === errors) {
      return;
    }
    const now: IKnown = { revision, errors, failures: before?.failures ?? [] };
    this._known.set(service.service, now);
    if (before && before.revision !== revision) {
      this._changed.emit();
    }
    try {
      now.failures = await this._ask(service.service);
    } catch {
      now.errors = -1; // The server is away: the next word from it asks again.
      return;
    }
    if (this._known.get(service.service) === now) {
      this._changed.emit();
    }
  }
}

/** `failures` are newest first; so are the lines. */
export function byLine(failures: readonly IFailure[]): IFailedLine[] {
  const lines = new Map<string, IFailedLine>();
  for (const failure of failures) {
    if (failure.cell === null) {
      continue;
    }
    const line = failure.line ?? 1;
    const key = `${line} ${failure.cell}`;
    const known = lines.get(key);
    if (known) {
      known.count += 1;
    } else {
      const { cell, number } = failure;
      lines.set(key, { cell, number, line, latest: failure, count: 1 });
    }
  }
  return [...lines.values()];
}
