import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { DisposableDelegate } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

import { taken } from '../../core/live';
import { Problem } from '../../core/problem';
import type { IApi, IChannels, IListener } from '../../tokens';
import type { IRun, Json } from '../../wire';
import { Deployments } from '../deployment';
import { TARGET } from '../intent';
import { Target } from '../target';

export const RUN = '1b4e28ba-2fa1-41d2-883f-0016d3cca427';
export const WINDOW = 'this-window';

type Opened = (comm: Kernel.IComm, message: KernelMessage.ICommOpenMsg) => void;
type Args = { [name: string]: unknown };

/** One window with one notebook, whose kernel and server do what a test says. */
export class Scene {
  readonly trans = nullTranslator.load('jupyter_modelship');
  readonly executed: [string, Args][] = [];
  /** Runs that a live cell's word stood behind when the command was called. */
  readonly announced: unknown[] = [];
  readonly listeners = new Map<string, IListener>();
  readonly sent: Json[] = [];
  readonly asked: string[] = [];
  isClosed = false;
  saves = 0;
  savesFail = false;
  runs = new Map<string, IRun>();
  live: Json = null;
  unchanged = false;
  target = 'local';
  yes = false;
  fresh = false;
  over = false;
  refusal: Problem | null = null;
  path: string | null = 'demos/other.ipynb';
  readonly deployments: Deployments;
  private _opened: Opened = () => undefined;

  constructor() {
    const channels = this._channels();
    this.deployments = new Deployments({
      api: this.api,
      channels,
      soon: tell => tell()
    });
    const commands = {
      execute: async (id: string, args: Args) => {
        this.executed.push([id, { ...args }]);
        this.announced.push(taken(args['run']));
      }
    } as never;
    const notebooks = { find: () => this._panel } as never;
    const { deployments, trans, api } = this;
    const target = new Target({ api, commands, notebooks, deployments, trans });
    target.attach(this._panel);
  }

  get api(): IApi {
    const asked = (name: string) => this.asked.push(name);
    const api: Partial<IApi> = {
      intent: async (flags, notebook) => {
        asked(`intent ${flags.join(' ')} ${notebook}`.trim());
        if (this.refusal) {
          throw this.refusal;
        }
        const path = notebook ? this.path : null;
        const { yes, fresh, over } = this;
        const options = { workers: flags.length };
        return { path, options, yes, fresh, take_over: over };
      },
      look: async path => {
        asked(`look ${path}`);
        return {
          service: 'iris',
          digest: 'd',
          live: this.live,
          target: this.target
        } as never;
      },
      review: async (_, lock) => {
        asked(`review ${lock}`);
        return { unchanged: this.unchanged } as never;
      },
      find: async id => {
        asked(`find ${id}`);
        return this.runs.get(id) ?? null;
      },
      run: async id => {
        const run = this.runs.get(id);
        if (!run) {
          throw new Problem(404, { code: 'nothing-there' });
        }
        return run;
      }
    };
    return api as IApi;
  }

  /** The kernel sends an intent; by default a cell of this window has just been run. */
  open(data: Json, session: string = WINDOW): void {
    const comm = {
      isDisposed: false,
      send: (said: Json) => this.sent.push(said),
      close: () => {
        this.isClosed = true;
        return { done: Promise.resolve() };
      }
    };
    const message = { content: { data }, parent_header: { session } };
    this._opened(comm as never, message as never);
  }

  private get _panel(): NotebookPanel {
    const kernel = {
      clientId: WINDOW,
      registerCommTarget: (name: string, opened: Opened) => {
        if (name === TARGET) {
          this._opened = opened;
        }
      }
    };
    const save = async () => {
      this.saves += 1;
      model.dirty = this.savesFail;
    };
    const model = { dirty: true };
    return {
      sessionContext: {
        kernelChanged: new Signal({}),
        session: { kernel }
      },
      context: {
        path: 'demos/iris.ipynb',
        ready: Promise.resolve(),
        model,
        save
      }
    } as never;
  }

  private _channels(): IChannels {
    return {
      state: 'open',
      stateChanged: new Signal({} as IChannels),
      subscribe: (channel: string, listener: IListener) => {
        this.listeners.set(channel, listener);
        return new DisposableDelegate(() => this.listeners.delete(channel));
      }
    };
  }
}
