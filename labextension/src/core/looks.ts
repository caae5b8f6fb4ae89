import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type {
  INotebookModel,
  INotebookTracker,
  NotebookPanel
} from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { IChannels, ILookHandle, ILooks, IServices } from '../tokens';
import type { ILook } from '../wire';
import { Follower, LookHandle } from './follower';
import { serverPath } from './paths';

type Context = DocumentRegistry.IContext<INotebookModel>;

export interface ILooksOptions {
  tracker: INotebookTracker;
  services: IServices;
  channels: IChannels;
  /** What the notebook at a path would ship if its text were this. */
  ask: (path: string, notebook: string) => Promise<ILook>;
}

/** One follower for each open notebook, however many views show it. */
export class Looks implements ILooks {
  private _followers = new Map<Context, Follower>();
  private _added = new Signal<this, string>(this);

  constructor(private readonly _options: ILooksOptions) {
    const { tracker, services, channels } = _options;
    tracker.forEach(panel => this._opened(tracker, panel));
    tracker.widgetAdded.connect(this._opened, this);
    services.changed.connect(this._onServices, this);
    channels.stateChanged.connect(this._onState, this);
  }

  get added(): ISignal<this, string> {
    return this._added;
  }

  of(path: string): ILookHandle | null {
    for (const follower of this._followers.values()) {
      if (follower.path === path) {
        return new LookHandle(follower);
      }
    }
    return null;
  }

  private _opened(_: INotebookTracker, panel: NotebookPanel): void {
    const context = panel.context;
    if (this._followers.has(context)) {
      return;
    }
    this._followers.set(context, new Follower(context, this._options.ask));
    context.disposed.connect(this._onClosed, this);
    this._added.emit(serverPath(context));
  }

  private _onClosed(context: Context): void {
    this._followers.get(context)?.dispose();
    this._followers.delete(context);
  }

  /** What is live changed: whether a notebook drifted from it is another question now. */
  private _onServices(services: IServices): void {
    for (const follower of this._followers.values()) {
      const live = services.ofNotebook(follower.path);
      follower.live(
        live
          ? `${live.service} ${live.revision} ${live.plan_digest} ${live.state}`
          : ''
      );
    }
  }

  private _onState(channels: IChannels): void {
    if (channels.state === 'open') {
      this._followers.forEach(follower => follower.back());
    }
  }
}
