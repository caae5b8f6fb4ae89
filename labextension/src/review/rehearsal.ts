import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { Problem } from '../core/problem';
import type { IApi, IChannels } from '../tokens';
import type { IReview, IRun, IRunEvent, IShip, Json } from '../wire';
import type { IRehearsal } from './state';

/** "Rehearse now": starts a run that ends with the proof, and follows it. */
export class Rehearsal implements IDisposable {
  constructor(
    private readonly _api: IApi,
    private readonly _channels: IChannels,
    private readonly _show: (rehearsal: IRehearsal) => void
  ) {}

  /** The run has come to a good end: a review knows more now. */
  get proved(): ISignal<this, void> {
    return this._proved;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    this._disposed = true;
    this._subscription?.dispose();
    Signal.clearData(this);
  }

  async start(request: IShip): Promise<void> {
    this._follow(await this._api.ship(request));
  }

  /** Go on with a rehearsal of this plan that is at work already, e.g. after a refresh. */
  async find(review: IReview): Promise<void> {
    if (this._now?.active || review.rehearsed) {
      return;
    }
    try {
      const runs = await this._api.runs(review.service);
      const mine = runs.find(
        run => run.until === 'prove' && run.plan_digest === review.plan_digest
      );
      if (mine !== undefined && active(mine)) {
        this._follow(mine);
      }
    } catch {
      // Only a convenience: the review is complete without it, and starting one anew says why not.
    }
  }

  async cancel(): Promise<void> {
    if (this._now?.active) {
      await this._api.cancel(this._now.run);
    }
  }

  private _follow(run: IRun): void {
    this._subscription?.dispose();
    this._set({ run: run.id, stage: '', error: null, active: true });
    this._subscription = this._channels.subscribe(`run:${run.id}`, {
      event: data => this._onEvent(data),
      end: () => void this._end(run.id)
    });
  }

  private _onEvent(data: Json): void {
    const event = data as unknown as IRunEvent; // the channel's frames are events of the run
    if (
      event.kind === 'stage' &&
      event.payload.state === 'started' &&
      this._now !== null
    ) {
      this._set({ ...this._now, stage: event.stage });
    }
  }

  private async _end(id: string): Promise<void> {
    let run: IRun;
    try {
      run = await this._api.run(id);
    } catch (thrown) {
      const { code, message, remedy, detail, findings } = Problem.of(thrown);
      this._finish({
        code,
        message,
        remedy,
        detail,
        findings,
        cell: null,
        line: null
      });
      return;
    }
    this._finish(run.error);
    if (run.state === 'succeeded') {
      this._proved.emit();
    }
  }

  private _finish(error: IRehearsal['error']): void {
    this._subscription?.dispose();
    this._subscription = null;
    if (this._now !== null) {
      this._set({ ...this._now, active: false, error });
    }
  }

  private _set(now: IRehearsal): void {
    if (!this._disposed) {
      this._now = now;
      this._show(now);
    }
  }

  private _now: IRehearsal | null = null;
  private _subscription: IDisposable | null = null;
  private _disposed = false;
  private readonly _proved = new Signal<this, void>(this);
}

function active(run: IRun): boolean {
  return (
    run.state === 'queued' ||
    run.state === 'running' ||
    run.state === 'interrupted'
  );
}
