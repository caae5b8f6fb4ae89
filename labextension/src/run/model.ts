import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { placeIn } from '../core/format';
import { Problem } from '../core/problem';
import type { IApi, IChannels } from '../tokens';
import type {
  IFinding,
  IProblem,
  IRun,
  IRunError,
  IRunEvent,
  IRunResult,
  Json,
  RunState
} from '../wire';
import { Log } from './log';
import { Stages } from './stages';

export interface IRunModelOptions {
  id: string;
  api: IApi;
  channels: IChannels;
  /** When views are told of changes: many events make one picture. */
  soon?: (tell: () => void) => void;
}

/** A run as its events tell it, from the first to the last, through any break. */
export class RunModel implements IDisposable {
  readonly id: string;
  readonly log = new Log();
  readonly stages = new Stages();
  /** What the server says of the run besides; null until it has answered. */
  run: IRun | null = null;
  state: RunState = 'queued';
  error: IRunError | null = null;
  result: IRunResult | null = null;
  /** Why it was cancelled or interrupted. */
  reason = '';
  findings: IFinding[] = [];
  /** The run cannot be shown, or what was asked for it was refused. */
  problem: IProblem | null = null;
  private _numbers = new Map<string, number>();
  private _told = false;
  private _isDisposed = false;
  private _subscription: IDisposable;
  private _changed = new Signal<this, void>(this);
  private _soon: (tell: () => void) => void;

  constructor(private readonly _options: IRunModelOptions) {
    const { id, channels } = _options;
    this.id = id;
    this._soon = _options.soon ?? (tell => void requestAnimationFrame(tell));
    this._subscription = channels.subscribe(`run:${id}`, {
      event: data => this.take(data as unknown as IRunEvent),
      end: () => this._fetch(),
      error: problem => this._refused(problem)
    });
    channels.stateChanged.connect(this._onLine, this);
    this._fetch();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Whether the server cannot be reached now; the run goes on all the same. */
  get away(): boolean {
    return this._options.channels.state === 'away';
  }

  get active(): boolean {
    return this.state === 'queued' || this.state === 'running';
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._subscription.dispose();
    Signal.clearData(this);
  }

  /** Today's number of a cell that the run told of; null where it told none. */
  numberOf(cell: string | null): number | null {
    if (cell === null) {
      return null;
    }
    const said = cell === this.error?.cell ? this.error.message : '';
    return this._numbers.get(cell) ?? placeIn(said);
  }

  cancel(): Promise<void> {
    return this.doing(async () => {
      this.run = await this._options.api.cancel(this.id);
    });
  }

  /** Do something for the run; what the server refuses is shown with the run. */
  async doing(act: () => Promise<void>): Promise<void> {
    this.problem = null;
    try {
      await act();
    } catch (thrown) {
      this.problem = Problem.of(thrown);
    }
    this._tell();
  }

  take(event: IRunEvent): void {
    const { kind, payload, stage } = event;
    this.stages.take(event);
    if (kind === 'run') {
      this._takeState(payload);
    } else if (kind === 'log') {
      this._takeLines(payload.lines, stage);
    } else if (kind === 'finding') {
      this.findings = [...this.findings, payload as unknown as IFinding];
    } else if (kind === 'result') {
      this.result = payload as unknown as IRunResult;
    } else if (kind === 'cell' && typeof payload.cell === 'string') {
      this._numbers.set(payload.cell, Number(payload.number));
    }
    this._tell();
  }

  private _takeState(payload: IRunEvent['payload']): void {
    this.state = payload.state as RunState;
    this.reason = typeof payload.reason === 'string' ? payload.reason : '';
    if (this.state === 'running' && Number(payload.attempt) > 1) {
      this.stages.again();
      this.findings = [];
    } else if (this.state === 'failed') {
      this.error = payload.error as unknown as IRunError;
      this.stages.over('failed');
    } else if (!this.active) {
      this.stages.over('stopped');
    }
    if (this.state === 'interrupted') {
      this.log.append(`── ${this.reason} ──`, '');
    }
  }

  private _takeLines(lines: Json | undefined, stage: string): void {
    if (Array.isArray(lines)) {
      lines.forEach(line => this.log.append(String(line), stage));
    }
  }

  private _fetch(): void {
    this._options.api.run(this.id).then(
      run => {
        this.run = run;
        this.stages.until = run.until;
        this._tell();
      },
      thrown => this._refused(Problem.of(thrown))
    );
  }

  private _onLine(): void {
    if (!this.away && this.run === null) {
      this._fetch();
    }
    this._tell();
  }

  private _refused(problem: IProblem): void {
    if (!(problem instanceof Problem && problem.away)) {
      this.problem = problem;
    }
    this._tell();
  }

  private _tell(): void {
    if (this._told || this._isDisposed) {
      return;
    }
    this._told = true;
    this._soon(() => {
      this._told = false;
      if (!this._isDisposed) {
        this._changed.emit();
      }
    });
  }
}
