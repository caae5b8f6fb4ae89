import { URLExt } from '@jupyterlab/coreutils';
import type { ServerConnection } from '@jupyterlab/services';
import { DisposableDelegate } from '@lumino/disposable';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { IChannels, IListener } from '../tokens';
import type { Message, Wish } from '../wire';
import { Channel } from './channel';

type Timer = ReturnType<typeof setTimeout>;

export interface IChannelsOptions {
  /** A new socket to the server's channels. */
  open: () => WebSocket;
  /** A random number below 1: browsers do not all come back at the same moment. */
  random?: () => number;
}

/** Half of the server's window of 64: it goes on sending while our word is on its way. */
const ACK_EVERY = 32;
const ACK_MS = 50;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** A connection that held for so long is one: its end is a new trouble, not the old one. */
const STABLE_MS = 10_000;
/** A closed view is often opened again: until then its channel stays. */
const LINGER_MS = 5_000;

/** One WebSocket for everything that this window follows, for as long as it follows something. */
export class Channels implements IChannels {
  private _channels = new Map<string, Channel>();
  private _lingering = new Map<string, Timer>();
  private _unacknowledged = new Map<string, number>();
  /** Channels that this socket was asked to end: frames of the old subscription may be under way. */
  private _left = new Set<string>();
  private _socket: WebSocket | null = null;
  private _away = false;
  private _failures = 0;
  private _openedAt = 0;
  private _retry: Timer | undefined;
  private _ack: Timer | undefined;
  private _stateChanged = new Signal<this, void>(this);
  private _random: () => number;

  constructor(private readonly _options: IChannelsOptions) {
    this._random = _options.random ?? Math.random;
    window.addEventListener('online', () => this._hurry());
    document.addEventListener(
      'visibilitychange',
      () => document.hidden || this._hurry()
    );
  }

  get state(): 'open' | 'away' {
    return this._away ? 'away' : 'open';
  }

  get stateChanged(): ISignal<this, void> {
    return this._stateChanged;
  }

  subscribe(name: string, listener: IListener, after: number = 0): IDisposable {
    clearTimeout(this._lingering.get(name));
    this._lingering.delete(name);
    let channel = this._channels.get(name);
    if (!channel || channel.failed) {
      channel ??= new Channel(name);
      this._channels.set(name, channel);
      this._begin(channel);
    }
    const leave = channel.join(listener, after);
    return new DisposableDelegate(() => {
      leave();
      this._linger(name);
    });
  }

  /** Subscribe on the wire: now, on a fresh socket, or when there is one again. */
  private _begin(channel: Channel): void {
    if (this._left.has(channel.name)) {
      this._reopen();
    } else if (this._socket) {
      this._wish({
        do: 'subscribe',
        channel: channel.name,
        after: channel.resume()
      });
    } else if (this._retry === undefined) {
      this._connect();
    }
  }

  private _linger(name: string): void {
    const channel = this._channels.get(name);
    if (!channel?.deserted || this._lingering.has(name)) {
      return;
    }
    this._lingering.set(
      name,
      setTimeout(() => this._end(name), LINGER_MS)
    );
  }

  private _end(name: string): void {
    this._lingering.delete(name);
    this._channels.delete(name);
    this._unacknowledged.delete(name);
    if (this._channels.size === 0) {
      this._close();
      clearTimeout(this._retry);
      this._retry = undefined;
      return;
    }
    this._left.add(name);
    this._wish({ do: 'unsubscribe', channel: name });
  }

  private _connect(): void {
    const socket = this._options.open();
    this._socket = socket;
    this._openedAt = Infinity;
    socket.onopen = () => this._opened();
    socket.onmessage = event => this._received(String(event.data));
    socket.onclose = () => this._closed();
  }

  private _opened(): void {
    this._openedAt = Date.now();
    for (const channel of this._channels.values()) {
      if (!channel.ended) {
        this._wish({
          do: 'subscribe',
          channel: channel.name,
          after: channel.resume()
        });
      }
    }
    this._setAway(false);
  }

  private _received(text: string): void {
    const message = JSON.parse(text) as Message;
    const channel = this._channels.get(message.channel);
    if (message.kind === 'event') {
      channel?.event(message);
      this._count(message.channel, message.seq);
    } else if (message.kind === 'end') {
      channel?.end();
    } else if (channel) {
      channel.error(message.problem);
    }
  }

  /** Acknowledge what has been told to the listeners, some frames at a time. */
  private _count(channel: string, seq: number): void {
    const count = (this._unacknowledged.get(channel) ?? 0) + 1;
    if (count >= ACK_EVERY) {
      this._unacknowledged.delete(channel);
      this._wish({ do: 'ack', channel, seq });
      return;
    }
    this._unacknowledged.set(channel, count);
    this._ack ??= setTimeout(() => this._acknowledge(), ACK_MS);
  }

  private _acknowledge(): void {
    this._ack = undefined;
    for (const name of this._unacknowledged.keys()) {
      const channel = this._channels.get(name);
      if (channel) {
        this._wish({ do: 'ack', channel: name, seq: channel.last });
      }
    }
    this._unacknowledged.clear();
  }

  private _closed(): void {
    this._close();
    if (this._channels.size === 0) {
      return;
    }
    this._failures =
      Date.now() - this._openedAt > STABLE_MS ? 1 : this._failures + 1;
    const delay = Math.min(
      FIRST_DELAY_MS * 2 ** (this._failures - 1),
      LONGEST_DELAY_MS
    );
    this._retry = setTimeout(
      () => this._again(),
      delay * (0.5 + this._random() / 2)
    );
    this._setAway(true);
  }

  private _again(): void {
    clearTimeout(this._retry);
    this._retry = undefined;
    this._connect();
  }

  /** The network or the person came back: no reason to wait longer. */
  private _hurry(): void {
    if (this._retry !== undefined) {
      this._again();
    }
  }

  private _reopen(): void {
    this._close();
    this._again();
  }

  /** Let the socket go; what it still brings is nobody's any more. */
  private _close(): void {
    const socket = this._socket;
    this._socket = null;
    this._left.clear();
    this._unacknowledged.clear();
    clearTimeout(this._ack);
    this._ack = undefined;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  private _wish(wish: Wish): void {
    if (this._socket?.readyState === WebSocket.OPEN) {
      this._socket.send(JSON.stringify(wish));
    }
  }

  private _setAway(away: boolean): void {
    if (away !== this._away) {
      this._away = away;
      this._stateChanged.emit();
    }
  }
}

/** How to open the channels of a Jupyter server. */
export function opener(settings: ServerConnection.ISettings): () => WebSocket {
  const url = URLExt.join(settings.wsUrl, 'modelship/api/v1/channels');
  const token =
    settings.appendToken && settings.token
      ? `?token=${encodeURIComponent(settings.token)}`
      : '';
  return () => new settings.WebSocket(url + token);
}
