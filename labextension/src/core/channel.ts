import type { IListener } from '../tokens';
import type * as W from '../wire';

/** One frame that a late listener is given again. */
interface IFrame {
  seq: number;
  data: W.Json;
}

interface IReader {
  listener: IListener;
  /** Number of the last frame that the listener has had, or does not want. */
  last: number;
}

/** Lines of a service's log that are kept for a late listener, as many as the server keeps. */
const LOG_LINES = 2000;

/**
 * What one channel has brought so far, and who listens. Numbers ascend and may have gaps; a frame
 * that was had already is dropped, so that a reconnect may repeat what it likes.
 */
export class Channel {
  /** Number of the newest frame: where a reconnect goes on. */
  last = 0;
  ended = false;
  /** The server gave it up with a problem: whoever joins asks anew. */
  failed = false;
  private _readers = new Set<IReader>();
  private _history: IFrame[] = [];
  private _lines = 0;

  constructor(readonly name: string) {}

  get deserted(): boolean {
    return this._readers.size === 0;
  }

  /**
   * Whether each frame is the whole state. Its numbers begin anew with the server, so a reconnect
   * asks for the state as it is, whatever its number.
   */
  get whole(): boolean {
    return this.name === 'services' || this.name.startsWith('metrics:');
  }

  /** Where a (re)connected socket takes the channel up. */
  resume(): number {
    this.failed = false;
    return this.whole ? 0 : this.last;
  }

  /** Take part from frame `after` on; what came already is told at once. Returns how to leave. */
  join(listener: IListener, after: number): () => void {
    const reader = { listener, last: after };
    this._readers.add(reader);
    for (const frame of [...this._history]) {
      this._tell(reader, frame);
    }
    if (this.ended && this._readers.has(reader)) {
      guarded(() => listener.end?.());
    }
    return () => this._readers.delete(reader);
  }

  event(frame: IFrame): void {
    const fresh = this._unseen(frame, this.last);
    if (fresh === null) {
      return;
    }
    this.last = frame.seq;
    this._keep(fresh);
    for (const reader of [...this._readers]) {
      this._tell(reader, fresh);
    }
  }

  end(): void {
    if (this.ended) {
      return;
    }
    this.ended = true;
    for (const { listener } of [...this._readers]) {
      guarded(() => listener.end?.());
    }
  }

  error(problem: W.IProblem): void {
    this.failed = true;
    for (const { listener } of [...this._readers]) {
      guarded(() => listener.error?.(problem));
    }
  }

  private _tell(reader: IReader, frame: IFrame): void {
    const fresh = this._unseen(frame, reader.last);
    if (fresh !== null && this._readers.has(reader)) {
      reader.last = frame.seq;
      guarded(() => reader.listener.event(fresh.data, fresh.seq));
    }
  }

  /**
   * The part of a frame that comes after number `last`; null where all of it was had. The number
   * of a frame of log lines is that of its last line, and a repeat may cut the log elsewhere.
   */
  private _unseen(frame: IFrame, last: number): IFrame | null {
    if (this.whole) {
      return frame;
    }
    if (frame.seq <= last) {
      return null;
    }
    const lines = linesOf(frame.data);
    if (!this.name.startsWith('logs:') || lines.length <= frame.seq - last) {
      return frame;
    }
    const rest = {
      ...(frame.data as object),
      lines: lines.slice(last - frame.seq)
    };
    return { seq: frame.seq, data: rest };
  }

  /** Remember a frame for late listeners: the state, the newest lines, or all events of a run. */
  private _keep(frame: IFrame): void {
    if (this.whole) {
      this._history = [];
    }
    this._history.push(frame);
    if (!this.name.startsWith('logs:')) {
      return;
    }
    this._lines += linesOf(frame.data).length;
    while (
      this._history.length > 1 &&
      this._lines - linesOf(this._history[0].data).length >= LOG_LINES
    ) {
      this._lines -= linesOf(this._history.shift()?.data ?? null).length;
    }
  }
}

function linesOf(data: W.Json): W.Json[] {
  const lines =
    typeof data === 'object' && data !== null && !Array.isArray(data)
      ? data.lines
      : null;
  return Array.isArray(lines) ? lines : [];
}

/** One listener's mistake is reported, and takes no frame from the others. */
function guarded(tell: () => void): void {
  try {
    tell();
  } catch (error) {
    setTimeout(() => {
      throw error;
    });
  }
}
