import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { faults } from '../../../test/openapi';
import type { IListener } from '../../tokens';
import type { IProblem } from '../../wire';
import { Channels } from '../channels';
import type { IFrame } from './frames';
import { Server, WINDOW } from './server';

class Heard implements IListener {
  frames: IFrame[] = [];
  ends = 0;
  problems: string[] = [];

  event(data: IFrame['data'], seq: number): void {
    this.frames.push({ seq, data });
  }

  end(): void {
    this.ends += 1;
  }

  error(problem: IProblem): void {
    this.problems.push(problem.message);
  }

  get seqs(): number[] {
    return this.frames.map(frame => frame.seq);
  }
}

/** Numbers that look random and are the same each time. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

describe('channels', () => {
  let server: Server;
  let channels: Channels;
  let heard: Heard;

  beforeEach(() => {
    vi.useFakeTimers();
    server = new Server();
    channels = new Channels({ open: server.open, random: () => 1 });
    heard = new Heard();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('says nothing that openapi.yaml has not', () => {
    const other = channels.subscribe('run:1', heard);
    channels.subscribe('services', heard);
    server.publish('services', 1, []);
    server.socket.accept();
    server.socket.deliver();
    other.dispose();
    vi.advanceTimersByTime(10_000);
    expect(new Set(server.wishes.map(wish => wish.do)).size).toBe(3);
    expect(server.wishes.flatMap(wish => faults('Wish', wish))).toEqual([]);
  });

  it('opens no socket before something is followed, and one for all of it', () => {
    expect(server.sockets).toHaveLength(0);
    channels.subscribe('services', heard);
    channels.subscribe('run:1', heard);
    expect(server.sockets).toHaveLength(1);
    server.socket.accept();
    expect(server.wishes).toEqual([
      { do: 'subscribe', channel: 'services', after: 0 },
      { do: 'subscribe', channel: 'run:1', after: 0 }
    ]);
  });

  it('tells what came before the end, then the end, once', () => {
    server.publish('run:1', 1, 'a');
    server.publish('run:1', 3, 'b');
    server.end('run:1');
    channels.subscribe('run:1', heard);
    server.socket.accept();
    server.socket.deliver();
    expect(heard.frames).toEqual([
      { seq: 1, data: 'a' },
      { seq: 3, data: 'b' }
    ]);
    expect(heard.ends).toBe(1);
  });

  it('goes on where it was, after each of 100 breaks at random points', () => {
    const random = dice(7);
    const wanted: IFrame[] = [];
    channels.subscribe('run:1', heard);
    for (let breaks = 0, seq = 0; breaks < 100; breaks++) {
      server.socket.accept();
      for (let more = Math.floor(random() * 40); more > 0; more--) {
        seq += 1 + Math.floor(random() * 2);
        wanted.push({ seq, data: `event ${seq}` });
        server.publish('run:1', seq, `event ${seq}`);
      }
      server.socket.deliver(Math.floor(random() * 50));
      if (random() < 0.5) {
        vi.advanceTimersByTime(50);
      }
      server.socket.cut();
      expect(channels.state).toBe('away');
      vi.advanceTimersByTime(30_000);
    }
    server.socket.accept();
    for (let rounds = 0; rounds < 100; rounds++) {
      server.socket.deliver();
      vi.advanceTimersByTime(50);
    }
    expect(JSON.stringify(heard.frames)).toBe(JSON.stringify(wanted));
    expect(server.sockets).toHaveLength(101);
  });

  it('acknowledges, so that more than a window comes through', () => {
    for (let seq = 1; seq <= 3 * WINDOW; seq++) {
      server.publish('run:1', seq, seq);
    }
    channels.subscribe('run:1', heard);
    server.socket.accept();
    for (let rounds = 0; rounds < 10; rounds++) {
      server.socket.deliver();
    }
    vi.advanceTimersByTime(60);
    server.socket.deliver();
    expect(heard.seqs).toEqual(
      Array.from({ length: 3 * WINDOW }, (_, index) => index + 1)
    );
    const acks = server.wishes.filter(wish => wish.do === 'ack');
    expect(acks.length).toBeLessThan(WINDOW / 4);
    expect(acks.at(-1)).toEqual({
      do: 'ack',
      channel: 'run:1',
      seq: 3 * WINDOW
    });
  });

  it('waits longer after each failure, at most half a minute, and not where the network returns', () => {
    channels.subscribe('services', heard);
    const waits: number[] = [];
    for (let attempt = 0; attempt < 9; attempt++) {
      const before = server.sockets.length;
      server.socket.cut();
      let waited = 0;
      while (server.sockets.length === before) {
        vi.advanceTimersByTime(500);
        waited += 500;
      }
      waits.push(waited);
    }
    expect(waits).toEqual([
      500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000
    ]);
    server.socket.cut();
    window.dispatchEvent(new Event('online'));
    expect(server.sockets).toHaveLength(11);
  });

  it('begins with a short wait again when the connection had held', () => {
    channels.subscribe('services', heard);
    for (let attempt = 0; attempt < 5; attempt++) {
      server.socket.cut();
      vi.advanceTimersByTime(30_000);
    }
    server.socket.accept();
    vi.advanceTimersByTime(20_000);
    server.socket.cut();
    vi.advanceTimersByTime(500);
    expect(server.sockets).toHaveLength(7);
  });

  it('says once that the server is away, and once that it is back', () => {
    const states: string[] = [];
    channels.stateChanged.connect(() => states.push(channels.state));
    channels.subscribe('services', heard);
    server.socket.accept();
    for (let attempt = 0; attempt < 3; attempt++) {
      server.socket.cut();
      vi.advanceTimersByTime(30_000);
    }
    server.socket.accept();
    expect(states).toEqual(['away', 'open']);
  });

  it('gives a second listener all of it, and the first one nothing twice', () => {
    const late = new Heard();
    server.publish('run:1', 1, 'a');
    channels.subscribe('run:1', heard);
    server.socket.accept();
    server.socket.deliver();
    channels.subscribe('run:1', late);
    server.publish('run:1', 2, 'b');
    server.end('run:1');
    server.socket.deliver();
    const last = new Heard();
    channels.subscribe('run:1', last, 1);
    expect([heard.seqs, late.seqs, last.seqs]).toEqual([[1, 2], [1, 2], [2]]);
    expect([heard.ends, late.ends, last.ends]).toEqual([1, 1, 1]);
  });

  it('keeps a channel for a while after the last listener, then lets it and the socket go', () => {
    server.publish('run:1', 1, 'a');
    channels.subscribe('run:1', heard).dispose();
    server.socket.accept();
    server.socket.deliver();
    channels.subscribe('run:1', heard).dispose();
    expect(heard.seqs).toEqual([1]);
    vi.advanceTimersByTime(5_000);
    expect(server.socket.readyState).toBe(WebSocket.CLOSED);
    expect(server.sockets).toHaveLength(1);
  });

  it('takes a channel that it left up on a fresh socket: old frames may be under way', () => {
    const other = channels.subscribe('services', new Heard());
    const left = channels.subscribe('run:1', heard);
    server.socket.accept();
    left.dispose();
    vi.advanceTimersByTime(5_000);
    expect(server.wishes.at(-1)).toEqual({
      do: 'unsubscribe',
      channel: 'run:1'
    });
    channels.subscribe('run:1', heard);
    expect(server.sockets).toHaveLength(2);
    expect(channels.state).toBe('open');
    server.socket.accept();
    expect(server.wishes.at(-1)).toEqual({
      do: 'subscribe',
      channel: 'run:1',
      after: 0
    });
    other.dispose();
  });

  it('asks for the state anew where each frame is the whole state', () => {
    channels.subscribe('services', heard);
    server.socket.accept();
    server.publish('services', 8, ['old']);
    server.socket.deliver();
    server.socket.cut();
    vi.advanceTimersByTime(30_000);
    server.frames('services').length = 0;
    server.publish('services', 1, ['new']);
    server.socket.accept();
    server.socket.deliver();
    expect(heard.frames.map(frame => frame.data)).toEqual([['old'], ['new']]);
  });

  it('joins lines of a log that a repeat cuts elsewhere', () => {
    channels.subscribe('logs:iris', heard);
    server.socket.accept();
    server.publish('logs:iris', 2, { lines: ['1', '2'] });
    server.socket.deliver();
    server.socket.cut();
    vi.advanceTimersByTime(30_000);
    server.frames('logs:iris').length = 0;
    server.publish('logs:iris', 5, { lines: ['1', '2', '3', '4', '5'] });
    server.socket.accept();
    server.socket.deliver();
    expect(heard.frames.map(frame => frame.data)).toEqual([
      { lines: ['1', '2'] },
      { lines: ['3', '4', '5'] }
    ]);
  });

  it('remembers the newest 2,000 lines of a log for a late listener', () => {
    channels.subscribe('logs:iris', heard);
    server.socket.accept();
    for (let seq = 100; seq <= 10_000; seq += 100) {
      server.publish('logs:iris', seq, {
        lines: Array.from({ length: 100 }, () => 'line')
      });
      server.socket.deliver();
      vi.advanceTimersByTime(50);
    }
    const late = new Heard();
    channels.subscribe('logs:iris', late);
    expect(late.seqs[0]).toBe(8_100);
    expect(late.seqs).toHaveLength(20);
  });

  it('tells what the server refuses, and asks again for the next listener', () => {
    channels.subscribe('run:1', heard);
    server.socket.accept();
    server.socket.refuse('run:1', 'there is no such run');
    server.socket.deliver();
    expect(heard.problems).toEqual(['there is no such run']);
    channels.subscribe('run:1', new Heard());
    expect(server.wishes.filter(wish => wish.do === 'subscribe')).toHaveLength(
      2
    );
  });

  it('takes no frame from others where one listener fails', () => {
    const broken: IListener = {
      event: () => {
        throw new Error('broken listener');
      }
    };
    channels.subscribe('run:1', broken);
    channels.subscribe('run:1', heard);
    server.publish('run:1', 1, 'a');
    server.socket.accept();
    server.socket.deliver();
    expect(heard.seqs).toEqual([1]);
    expect(() => vi.advanceTimersByTime(1)).toThrow('broken listener');
  });
});
