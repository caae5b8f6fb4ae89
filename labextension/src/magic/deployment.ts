import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { RunModel } from '../run/model';
import type { IApi, IChannels } from '../tokens';

const FIRST_LOOK_MS = 1000;
const SLOWEST_LOOK_MS = 5000;

/** What a cell asked for, beyond the run itself. `refused`: with the lines that say why. */
export type Phase = 'saved' | 'reading' | 'review' | 'unchanged' | 'refused';

export interface IDeploymentOptions {
  id: string;
  api: IApi;
  channels: IChannels;
  soon?: (tell: () => void) => void;
}

/**
 * What became of one `%deploy`. It only reads: a run that does not exist is never made here, and
 * only one that a cell of this window asked for is waited for.
 */
export class Deployment implements IDisposable {
  readonly id: string;
  phase: Phase = 'saved';
  /** What is to be said before there is a run; empty: what the output holds. */
  lines: string[] = [];
  /** Shows the review again; null where nobody asked for one in this window. */
  review: (() => void) | null = null;
  run: RunModel | null = null;
  private _poll: Poll | null = null;
  private _changed = new Signal<this, void>(this);
  private _isDisposed = false;

  constructor(private readonly _options: IDeploymentOptions) {
    this.id = _options.id;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._poll?.dispose();
      this.run?.dispose();
      Signal.clearData(this);
    }
  }

  tell(phase: Phase, lines: string[] = []): void {
    this.phase = phase;
    this.lines = lines;
    this._changed.emit();
  }

  /** Look once whether there is a run of this id. */
  async look(): Promise<void> {
    if (this.run !== null || (await this._options.api.find(this.id)) === null) {
      return;
    }
    const { RunModel } = await import('../run/model');
    if (this.run === null && !this._isDisposed) {
      this.run = new RunModel(this._options);
      this.run.changed.connect(() => this._changed.emit());
      this._changed.emit();
    }
  }

  /** Look until there is one: somebody reads the review. */
  watch(): void {
    this._poll ??= new Poll({
      name: `modelship:deploy-${this.id}`,
      factory: async () => {
        await this.look().catch(() => undefined);
        if (this.run !== null) {
          void this._poll?.stop();
        }
      },
      frequency: {
        interval: FIRST_LOOK_MS,
        backoff: true,
        max: SLOWEST_LOOK_MS
      }
    });
  }
}

/** The deployments that this window shows or was asked for: one for each id of a run. */
export class Deployments {
  private _held = new Map<string, { deployment: Deployment; by: number }>();

  constructor(private readonly _parts: Omit<IDeploymentOptions, 'id'>) {}

  /** The deployment of this run, until it is released as often as it was held. */
  hold(id: string): Deployment {
    const made = new Deployment({ ...this._parts, id });
    const held = this._held.get(id) ?? { deployment: made, by: 0 };
    held.by += 1;
    this._held.set(id, held);
    return held.deployment;
  }

  release(id: string): void {
    const held = this._held.get(id);
    if (held && --held.by === 0) {
      this._held.delete(id);
      held.deployment.dispose();
    }
  }
}
