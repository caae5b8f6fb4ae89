import type { IRunEvent, StageState } from '../wire';

export interface IStage {
  name: string;
  /** `waiting`: not yet; `stopped`: the run ended in the middle of it. */
  state: StageState | 'waiting' | 'stopped';
  /** Seconds it took; null while it has not ended. */
  seconds: number | null;
  summary: string;
  cached: boolean;
  /** UTC epoch seconds at which it started. */
  since: number;
  /** The cell that runs in it now. */
  doing: { number: number; first: string } | null;
  /** How far it is, where it says so. */
  step: { name: string; percent: number | null } | null;
}

/** How a stage stands, as a shape: colour only repeats it. */
export const GLYPHS: { [state in IStage['state']]: string } = {
  waiting: '○',
  started: '●',
  done: '✓',
  failed: '✗',
  skipped: '–',
  stopped: '■'
};

/** The line, in order (runs/events.py). Others come to it where a target has them. */
const LINE = [
  'extract',
  'plan',
  'lock',
  'rehearse',
  'render',
  'build',
  'prove',
  'push',
  'release',
  'deploy',
  'confirm'
];
/** What people see of every run; a stage that is not here appears when it has something to say. */
const SHOWN = ['extract', 'lock', 'rehearse', 'prove', 'deploy', 'confirm'];
/** Failed, they leave something that a shell can look into (runs/left.py). */
const PLACED = ['rehearse', 'build', 'prove'];
const AFTER_PROOF = ['deploy', 'confirm'];
/** These take no time, unless they do. */
const QUIET = ['plan', 'render', 'release'];
const QUIET_SECONDS = 1;

/** The stages of a run as its events tell them. */
export class Stages {
  private _stages = new Map<string, IStage>();

  /** `prove`: nothing goes live, and nothing of it waits. */
  until: 'prove' | null = null;

  /** The stages that are shown, in the order of the line. */
  get shown(): IStage[] {
    return this._line
      .filter(name => this._isShown(name))
      .map(name => this.of(name));
  }

  get running(): IStage | null {
    return this.shown.find(stage => stage.state === 'started') ?? null;
  }

  /** Whether the failed stage left something to look into. */
  get leavesPlace(): boolean {
    return PLACED.includes(this.failed?.name ?? '');
  }

  get failed(): IStage | null {
    const stages = [...this._stages.values()];
    return stages.find(stage => stage.state === 'failed') ?? null;
  }

  of(name: string): IStage {
    const none = { seconds: null, summary: '', cached: false, since: 0 };
    const now = { doing: null, step: null };
    return (
      this._stages.get(name) ?? { name, state: 'waiting', ...now, ...none }
    );
  }

  /** Another worker begins the line anew. */
  again(): void {
    this._stages.clear();
  }

  /** The run is over: what had not ended has no more to say. */
  over(state: 'failed' | 'stopped'): void {
    for (const [name, stage] of this._stages) {
      if (stage.state === 'started') {
        this._stages.set(name, { ...stage, state, doing: null, step: null });
      }
    }
  }

  take({ kind, stage, payload, time }: IRunEvent): void {
    const before = this.of(stage);
    if (kind === 'cell') {
      const { state, number, first } = payload;
      const doing =
        state === 'running'
          ? { number: Number(number), first: String(first) }
          : null;
      this._stages.set(stage, { ...before, doing });
    } else if (kind === 'progress') {
      const { step, percent } = payload;
      this._stages.set(stage, {
        ...before,
        step: {
          name: String(step),
          percent: typeof percent === 'number' ? percent : null
        }
      });
    } else if (kind === 'stage' && payload.state === 'started') {
      const since = before.state === 'started' ? before.since : time;
      this._stages.set(stage, { ...before, state: 'started', since });
    } else if (kind === 'stage') {
      this._stages.set(stage, {
        ...before,
        state: payload.state as StageState,
        seconds: typeof payload.seconds === 'number' ? payload.seconds : null,
        summary: typeof payload.summary === 'string' ? payload.summary : '',
        cached: payload.cached === true,
        doing: null,
        step: null
      });
    }
  }

  /** A cluster proves what was pushed to it: there these two change places. */
  private get _line(): readonly string[] {
    const [push, prove] = [this.of('push'), this.of('prove')];
    if (push.since === 0 || (prove.since > 0 && prove.since < push.since)) {
      return LINE;
    }
    const others = LINE.filter(name => name !== 'push');
    others.splice(others.indexOf('prove'), 0, 'push');
    return others;
  }

  private _isShown(name: string): boolean {
    const stage = this._stages.get(name);
    if (this.until === 'prove' && AFTER_PROOF.includes(name)) {
      return stage !== undefined;
    }
    if (SHOWN.includes(name)) {
      return true;
    }
    if (stage && QUIET.includes(name)) {
      return stage.state === 'failed' || (stage.seconds ?? 0) >= QUIET_SECONDS;
    }
    return stage !== undefined;
  }
}
