import { Token } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import type * as W from './wire';

/** Rejects with `Problem` (core/problem.ts, carries an IProblem and the HTTP status) in every method. */
export interface IApi {
  about(): Promise<IAbout>;
  look(path: string, options?: W.Options, notebook?: W.Json): Promise<W.ILook>;
  review(request: W.IRequest, lock: boolean): Promise<W.IReview>;
  /** What was typed behind `%deploy`; `notebook` is a path on the server's disk, or "". */
  intent(flags: string[], notebook: string): Promise<W.IIntent>;
  options(): Promise<W.Json>;
  findings(): Promise<{ [code: string]: ICheck }>;
  ship(request: W.IShip): Promise<W.IRun>;
  runs(service?: string): Promise<W.IRun[]>;
  run(id: string): Promise<W.IRun>;
  /** The run of this id; null where nobody has made it yet. */
  find(id: string): Promise<W.IRun | null>;
  /** A new terminal of the server, in which `debug` runs. */
  terminal(run: string): Promise<W.ITerminal>;
  cancel(run: string): Promise<W.IRun>;
  logUrl(run: string): string;
  services(): Promise<W.IService[]>;
  service(name: string): Promise<W.IService>;
  start(name: string): Promise<W.IService>;
  stop(name: string): Promise<W.IService>;
  rollback(name: string, revision?: number): Promise<W.IService>;
  delete(name: string): Promise<void>;
  openapi(name: string): Promise<W.Json>;
  failures(name: string): Promise<W.IFailure[]>;
  provenance(name: string, revision?: number): Promise<W.IProvenance>;
  files(name: string, revision: number): Promise<W.IFile[]>;
  /** A request to the service through the Jupyter server. */
  call(
    name: string,
    method: string,
    path: string,
    body: W.Json
  ): Promise<IReply>;
  /** Address of the service as the user's browser reaches it, also on a Hub. */
  proxyUrl(name: string): string;
  friction(run: string, code: boolean): Promise<{ markdown: string }>;
  sendFriction(run: string, code: boolean, note: string): Promise<void>;
  templates(): Promise<{ name: string; title: string; description: string }[]>;
  template(name: string): Promise<W.Json>;
}

export interface IAbout {
  version: string;
  targets: { name: string; available: boolean; reason: string }[];
  who: string;
  questions_url: string;
  faq_url: string;
  /** The administrator has set a webhook that takes reports of friction. */
  friction: boolean;
}

export interface ICheck {
  severity: W.Severity;
  title: string;
  why: string;
  remedy: string;
}

export interface IReply {
  status: number;
  /** Wall time in the browser. */
  seconds: number;
  body: W.Json;
  request_id: string | null;
}

/** Frames of one channel, in order and each once, across reconnects. */
export interface IChannels {
  /** "open", or "away" while reconnecting. */
  readonly state: 'open' | 'away';
  readonly stateChanged: ISignal<IChannels, void>;
  subscribe(channel: string, listener: IListener, after?: number): IDisposable;
}

export interface IListener {
  event(data: W.Json, seq: number): void;
  end?(): void;
  error?(problem: W.IProblem): void;
}

/** All services, as they are now; the last known ones while the server is away. */
export interface IServices {
  readonly all: readonly W.IService[];
  readonly loaded: boolean;
  /** Services that need attention: failed, gone, or with a failed newest run. */
  readonly attention: number;
  readonly changed: ISignal<IServices, void>;
  find(name: string): W.IService | null;
  ofNotebook(path: string): W.IService | null;
}

/** What an open notebook would ship, following its edits (debounced; newest wins). */
export interface ILooks {
  /**
   * A handle of one's own, null where no such notebook is open. The document is followed while
   * anybody holds one; closing the notebook ends it. `look` is null until the first answer.
   */
  of(path: string): ILookHandle | null;
  /** A notebook was opened, at this path. */
  readonly added: ISignal<ILooks, string>;
}

export interface ILookHandle extends IDisposable {
  readonly path: string;
  readonly look: W.ILook | null;
  readonly problem: W.IProblem | null;
  readonly changed: ISignal<ILookHandle, void>;
}

export interface IModelship {
  readonly api: IApi;
  readonly channels: IChannels;
  readonly services: IServices;
  readonly looks: ILooks;
  /** The notebook in front; null where none is. */
  readonly current: ICurrent;
}

export interface ICurrent {
  readonly path: string | null;
  readonly changed: ISignal<ICurrent, void>;
}

export const IModelship = new Token<IModelship>(
  '@jupyter-modelship/labextension:IModelship',
  'The services, runs and notebooks that this window knows, and the door to the server.'
);
