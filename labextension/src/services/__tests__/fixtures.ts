import { DisposableDelegate, type IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

import { needsAttention } from '../../core/services';
import type {
  IApi,
  IChannels,
  ICurrent,
  IListener,
  ILookHandle,
  ILooks,
  IModelship,
  IServices
} from '../../tokens';
import type { ILook, IRun, IService, Json } from '../../wire';

/** A service that runs, with `over` instead of what it says. */
export function service(over: Partial<IService> = {}): IService {
  return {
    service: 'iris',
    target: 'local',
    state: 'running',
    path: 'demos/iris.ipynb',
    revision: 4,
    plan_digest: 'aaaaaaaa',
    proxy: '/modelship/services/iris/',
    url: 'http://127.0.0.1:8731',
    url_from: 'machine',
    token_file: '/home/ada/.local/state/modelship/services/iris/token',
    since: '2026-11-23T00:00:00Z',
    replicas: null,
    restarts: 0,
    reason: '',
    remedy: '',
    cell: null,
    line: null,
    revisions: [revision(3), revision(4)],
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
    run: null,
    metrics: null,
    silent: null,
    ...over
  };
}

export function revision(number: number): IService['revisions'][number] {
  return {
    number,
    plan_digest: `plan-${number}`,
    bundle_digest: `bundle-${number}`,
    run: `run-${number}`,
    who: 'ada',
    when: '2026-11-23T00:00:00Z',
    origin: null,
    why: ''
  };
}

export function run(over: Partial<IRun> = {}): IRun {
  return {
    id: '00000000-0000-4000-8000-000000000001',
    service: 'iris',
    target: 'local',
    path: 'demos/iris.ipynb',
    plan_digest: 'bbbbbbbb',
    state: 'running',
    created: 1,
    started: 2,
    finished: null,
    who: 'ada',
    until: null,
    options: {},
    overrides: {},
    fresh: false,
    takes_over: '',
    error: null,
    result: null,
    ...over
  };
}

/** The rest of `IModelship` as an object that a test tells what to say. */
export class Harbour {
  readonly listeners = new Map<string, IListener>();
  readonly left: string[] = [];
  state: 'open' | 'away' = 'open';
  path: string | null = null;
  look: ILook | null = null;
  all: IService[] = [];
  loaded = false;
  api: Partial<IApi> = {};

  private readonly _signals = {
    services: new Signal<IServices, void>({} as IServices),
    state: new Signal<IChannels, void>({} as IChannels),
    current: new Signal<ICurrent, void>({} as ICurrent),
    added: new Signal<ILooks, string>({} as ILooks),
    look: new Signal<ILookHandle, void>({} as ILookHandle)
  };

  /** What views are given. */
  get ship(): IModelship {
    // The getters below are read through `this`, at the time of asking.
    const at = <T>(read: () => T): PropertyDescriptor => ({ get: read });
    const parts = {
      channels: Object.create(null, {
        state: at(() => this.state),
        stateChanged: at(() => this._signals.state),
        subscribe: at(() => this._subscribe)
      }),
      services: Object.create(null, {
        all: at(() => this.all),
        loaded: at(() => this.loaded),
        attention: at(() => this.all.filter(needsAttention).length),
        changed: at(() => this._signals.services),
        find: at(() => this._find),
        ofNotebook: at(() => this._ofNotebook)
      }),
      current: Object.create(null, {
        path: at(() => this.path),
        changed: at(() => this._signals.current)
      }),
      looks: {
        of: (path: string) => this._of(path),
        added: this._signals.added
      }
    };
    return { ...parts, api: this.api } as unknown as IModelship;
  }

  /** The server tells all services. */
  services(...all: IService[]): void {
    this.all = all;
    this.loaded = true;
    this._signals.services.emit();
  }

  turn(state: 'open' | 'away'): void {
    this.state = state;
    this._signals.state.emit();
  }

  /** A notebook comes to the front. */
  bring(path: string | null, look: ILook | null = null): void {
    this.path = path;
    this.look = look;
    this._signals.current.emit();
  }

  tell(channel: string, data: unknown, seq = 1): void {
    this.listeners.get(channel)?.event(data as Json, seq);
  }

  private readonly _find = (name: string): IService | null =>
    this.all.find(one => one.service === name) ?? null;

  private readonly _ofNotebook = (path: string): IService | null =>
    this.all.find(one => one.path === path) ?? null;

  private readonly _subscribe = (
    channel: string,
    listener: IListener
  ): IDisposable => {
    this.listeners.set(channel, listener);
    return new DisposableDelegate(() => {
      this.listeners.delete(channel);
      this.left.push(channel);
    });
  };

  private _of(path: string): ILookHandle {
    // eslint-disable-next-line jupyter/require-disposable-ownership -- whoever asks owns it
    return Object.assign(new DisposableDelegate(() => undefined), {
      path,
      look: this.look,
      problem: null,
      changed: this._signals.look
    });
  }
}
