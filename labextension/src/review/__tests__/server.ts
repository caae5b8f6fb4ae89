import { Signal } from '@lumino/signaling';

import { Problem } from '../../core/problem';
import type { IApi, IChannels, IListener } from '../../tokens';
import type * as W from '../../wire';
import type { INotebookDoor } from '../door';
import { ReviewModel } from '../model';

export const LOOK: W.ILook = {
  path: 'iris.ipynb',
  digest: 'a'.repeat(64),
  service: 'iris',
  target: 'local',
  cells: [],
  endpoints: [
    {
      function: 'predict',
      method: 'POST',
      path: '/predict',
      cell: 'c8',
      line: 1,
      doc: ''
    }
  ],
  candidates: [],
  findings: [],
  overridable: [],
  owner: '',
  cells_shipped: 6,
  cells_total: 9,
  computed: ['model'],
  live: null
};

export const TEXT: W.IReview = {
  ...LOOK,
  complete: false,
  plan_digest: '',
  options: { name: '', target: 'local' },
  given: {},
  files: [],
  openapi: {},
  holes: [],
  rehearsed: false,
  examples: [],
  artifacts: [],
  breaking: [],
  packages: [],
  sources: [],
  lock_source: '',
  size: { packages: null, artifacts: null, code: 900 },
  permissions: { env: [], secrets: [], reads: [], hosts: [] },
  unchanged: false
};

export const LOCKED: W.IReview = {
  ...TEXT,
  complete: true,
  plan_digest: 'b'.repeat(64),
  packages: [['numpy', '2.3.0']],
  lock_source: 'kernel'
};

export const RUN: W.IRun = {
  id: 'f3b0c2aa-0000-4000-8000-000000000001',
  service: 'iris',
  target: 'local',
  path: 'iris.ipynb',
  plan_digest: LOCKED.plan_digest,
  state: 'queued',
  created: 0,
  started: null,
  finished: null,
  who: 'ada',
  until: null,
  options: {},
  overrides: {},
  fresh: false,
  takes_over: '',
  error: null,
  result: null
};

export function finding(
  code: string,
  severity: W.Severity = 'block'
): W.IFinding {
  return {
    code,
    severity,
    message: code,
    remedy: 'mend it',
    cell: 'c4',
    number: 4,
    line: 2
  };
}

/** A door without a notebook behind it: it says what was asked of it. */
export class Door implements INotebookDoor {
  changed = false;
  isDisposed = false;
  readonly changedSignal = new Signal<this, void>(this);
  readonly done: string[] = [];

  dispose(): void {
    this.isDisposed = true;
    Signal.clearData(this);
  }

  async save(): Promise<void> {
    this.done.push('save');
    this.changed = false;
  }

  async choose(candidate: W.ICandidate): Promise<void> {
    this.done.push(`choose ${candidate.function}`);
  }

  async keep(options: W.Options): Promise<void> {
    this.done.push(`keep ${JSON.stringify(options)}`);
  }

  edit(): void {
    this.changed = true;
    this.changedSignal.emit();
  }
}

/** Replies in the order in which they were given; what is not answered waits for ever. */
export class Server {
  readonly ships: W.IShip[] = [];
  readonly asked: { request: W.IRequest; lock: boolean }[] = [];
  readonly listeners = new Map<string, IListener>();
  state: IChannels['state'] = 'open';
  look: () => Promise<W.ILook> = async () => LOOK;
  review: (request: W.IRequest, lock: boolean) => Promise<W.IReview> = async (
    _,
    lock
  ) => (lock ? LOCKED : TEXT);
  ship: (request: W.IShip) => Promise<W.IRun> = async ({ id }) => ({
    ...RUN,
    id
  });
  runs: W.IRun[] = [];

  readonly api = {
    look: () => this.look(),
    review: (request: W.IRequest, lock: boolean) => {
      this.asked.push({ request, lock });
      return this.review(request, lock);
    },
    ship: (request: W.IShip) => {
      this.ships.push(request);
      return this.ship(request);
    },
    runs: async () => this.runs,
    run: async (id: string) =>
      this.runs.find(run => run.id === id) ?? { ...RUN, id }
  } as unknown as IApi;

  readonly channels: IChannels = {
    state: 'open',
    stateChanged: new Signal<IChannels, void>({} as IChannels),
    subscribe: (channel, listener) => {
      this.listeners.set(channel, listener);
      return {
        isDisposed: false,
        dispose: () => this.listeners.delete(channel)
      };
    }
  };

  /** The connection is there again. */
  back(): void {
    (this.channels.stateChanged as Signal<IChannels, void>).emit();
  }
}

export function refusal(status: number, code: string): Problem {
  return new Problem(status, { code, message: code });
}

/** A promise and the way to settle it. */
export function later<T>(): { promise: Promise<T>; resolve(value: T): void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>(done => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Server and notebook behind one review, and which runs it opened. */
export class Bench {
  readonly server = new Server();
  readonly door = new Door();
  readonly opened: string[] = [];

  review(more: Partial<ReviewModel.IOptions> = {}): ReviewModel {
    const model = new ReviewModel({
      path: 'iris.ipynb',
      api: this.server.api,
      channels: this.server.channels,
      door: this.door,
      openRun: id => this.opened.push(id),
      patience: 5,
      retry: 60_000,
      ...more
    });
    this._models.push(model);
    return model;
  }

  async settled(): Promise<void> {
    await Promise.all(this._models.map(model => model.settled()));
  }

  dispose(): void {
    this._models.forEach(model => model.dispose());
  }

  private readonly _models: ReviewModel[] = [];
}
