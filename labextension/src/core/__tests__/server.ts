import type { Json, Message, Wish } from '../../wire';
import type { IFrame } from './frames';

/** The server's window: so many frames of a channel may be unacknowledged. */
export const WINDOW = 64;

interface ISubscription {
  after: number;
  unacknowledged: number[];
}

/** The other end of the channels, as docs/reference has it, over sockets that a test can break. */
export class Server {
  readonly sockets: Socket[] = [];
  readonly wishes: Wish[] = [];
  private _logs = new Map<string, IFrame[]>();
  private _ended = new Set<string>();

  readonly open = (): WebSocket => {
    const socket = new Socket(this);
    this.sockets.push(socket);
    return socket as unknown as WebSocket;
  };

  get socket(): Socket {
    return this.sockets[this.sockets.length - 1];
  }

  publish(channel: string, seq: number, data: Json): void {
    this.frames(channel).push({ seq, data });
    this.sockets.forEach(socket => socket.pump(channel));
  }

  end(channel: string): void {
    this._ended.add(channel);
    this.sockets.forEach(socket => socket.pump(channel));
  }

  frames(channel: string): IFrame[] {
    const frames = this._logs.get(channel) ?? [];
    this._logs.set(channel, frames);
    return frames;
  }

  ended(channel: string): boolean {
    return this._ended.has(channel);
  }
}

/** A WebSocket of which the test holds the wire: what was sent arrives with `deliver`. */
export class Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  readyState: number = WebSocket.CONNECTING;
  /** Frames under way to the browser. */
  private _wire: Message[] = [];
  private _subscriptions = new Map<string, ISubscription>();

  constructor(private readonly _server: Server) {}

  /** The handshake is done. */
  accept(): void {
    this.readyState = WebSocket.OPEN;
    this.onopen?.();
  }

  /** Let up to `count` frames arrive. */
  deliver(count: number = Infinity): void {
    for (let done = 0; done < count && this._wire.length > 0; done++) {
      this.onmessage?.({ data: JSON.stringify(this._wire.shift()) });
    }
  }

  /** The connection breaks; what is under way is lost. */
  cut(): void {
    this.close();
    this.onclose?.();
  }

  close(): void {
    this.readyState = WebSocket.CLOSED;
    this._wire = [];
    this._subscriptions.clear();
  }

  send(text: string): void {
    const wish = JSON.parse(text) as Wish;
    this._server.wishes.push(wish);
    if (wish.do === 'subscribe') {
      this._subscriptions.set(wish.channel, {
        after: wish.after,
        unacknowledged: []
      });
    } else if (wish.do === 'unsubscribe') {
      this._subscriptions.delete(wish.channel);
    } else {
      const known = this._subscriptions.get(wish.channel);
      if (known) {
        known.unacknowledged = known.unacknowledged.filter(
          seq => seq > wish.seq
        );
      }
    }
    this.pump(wish.channel);
  }

  /** Send what the window allows. */
  pump(channel: string): void {
    const subscription = this._subscriptions.get(channel);
    if (!subscription || this.readyState !== WebSocket.OPEN) {
      return;
    }
    const rest = this._server
      .frames(channel)
      .filter(frame => frame.seq > subscription.after);
    for (const frame of rest.slice(
      0,
      WINDOW - subscription.unacknowledged.length
    )) {
      this._wire.push({ channel, kind: 'event', ...frame });
      subscription.unacknowledged.push(frame.seq);
      subscription.after = frame.seq;
    }
    const last = this._server.frames(channel).at(-1)?.seq ?? 0;
    if (this._server.ended(channel) && subscription.after === last) {
      this._wire.push({ channel, kind: 'end' });
      this._subscriptions.delete(channel);
    }
  }

  /** Say that a channel cannot be had. */
  refuse(channel: string, message: string): void {
    this._subscriptions.delete(channel);
    const problem = {
      code: 'nothing-there',
      message,
      remedy: '',
      detail: '',
      findings: []
    };
    this._wire.push({
      channel,
      kind: 'error',
      problem: { ...problem, candidates: [] }
    });
  }
}
