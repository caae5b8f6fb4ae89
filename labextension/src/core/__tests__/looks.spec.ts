import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { IChannels, IServices } from '../../tokens';
import type { ILook } from '../../wire';
import { Looks } from '../looks';
import { Problem } from '../problem';
import { OpenNotebook, Tracker, notebook } from './notebooks';

interface IQuestion {
  path: string;
  notebook: string;
  answer: (digest: string) => Promise<void>;
  fail: (problem: Problem) => Promise<void>;
}

/** The server's part: questions wait for the test to answer them. */
class Desk {
  questions: IQuestion[] = [];

  readonly ask = (path: string, notebook: string): Promise<ILook> =>
    new Promise((resolve, reject) => {
      const settle = async (act: () => void) => {
        act();
        await vi.advanceTimersByTimeAsync(0);
      };
      this.questions.push({
        path,
        notebook,
        answer: digest => settle(() => resolve({ digest } as ILook)),
        fail: problem => settle(() => reject(problem))
      });
    });

  get last(): IQuestion {
    return this.questions[this.questions.length - 1];
  }
}

class Live {
  readonly changed = new Signal<this, void>(this);
  revision = 0;

  ofNotebook(): {
    service: string;
    revision: number;
    plan_digest: string;
  } | null {
    return this.revision
      ? { service: 'iris', revision: this.revision, plan_digest: '' }
      : null;
  }
}

class Line {
  readonly stateChanged = new Signal<this, void>(this);
  state: 'open' | 'away' = 'open';
}

describe('looks', () => {
  let desk: Desk;
  let tracker: Tracker;
  let services: Live;
  let channels: Line;
  let looks: Looks;
  let opened: OpenNotebook;

  beforeEach(() => {
    vi.useFakeTimers();
    desk = new Desk();
    tracker = new Tracker();
    services = new Live();
    channels = new Line();
    looks = new Looks({
      tracker: tracker.tracker,
      services: services as unknown as IServices,
      channels: channels as unknown as IChannels,
      ask: desk.ask
    });
    opened = new OpenNotebook('iris.ipynb', notebook(3));
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  async function held() {
    tracker.open(opened);
    const handle = looks.of('iris.ipynb');
    await vi.advanceTimersByTimeAsync(0);
    return handle!;
  }

  it('say which notebooks are open, and ask nothing for their own sake', async () => {
    const added: string[] = [];
    looks.added.connect((_, path) => added.push(path));
    tracker.open(opened);
    tracker.open(opened);
    await vi.advanceTimersByTimeAsync(1000);
    expect(added).toEqual(['iris.ipynb']);
    expect(looks.of('other.ipynb')).toBeNull();
    expect(desk.questions).toHaveLength(0);
  });

  it('follow an edit within 150 ms, also while somebody types on', async () => {
    const handle = await held();
    await desk.last.answer('0');
    const cell = opened.shared.getCell(0);
    for (let key = 0; key < 5; key++) {
      cell.setSource(`x = ${key}`);
      await vi.advanceTimersByTimeAsync(30);
    }
    expect(desk.questions).toHaveLength(2);
    expect(desk.last.notebook).toContain('x = 4');
    await desk.last.answer('1');
    expect(handle.look?.digest).toBe('1');
    cell.setSource('y = 1');
    await vi.advanceTimersByTimeAsync(60);
    expect(desk.questions).toHaveLength(3);
  });

  it('have one request under way, and then one more for all that changed meanwhile', async () => {
    const handle = await held();
    const seen: (string | undefined)[] = [];
    handle.changed.connect(() => seen.push(handle.look?.digest));
    for (let key = 0; key < 10; key++) {
      opened.shared.getCell(0).setSource(`x = ${key}`);
      await vi.advanceTimersByTimeAsync(200);
    }
    expect(desk.questions).toHaveLength(1);
    await desk.last.answer('first');
    expect(desk.questions).toHaveLength(2);
    expect(desk.last.notebook).toContain('x = 9');
    await desk.last.answer('newest');
    expect(seen).toEqual(['first', 'newest']);
    expect(desk.questions).toHaveLength(2);
  });

  it('ask anew when another revision is live, and not when nothing changed', async () => {
    await held();
    await desk.last.answer('0');
    services.revision = 4;
    services.changed.emit();
    await vi.advanceTimersByTimeAsync(60);
    expect(desk.questions).toHaveLength(2);
    await desk.last.answer('1');
    services.changed.emit();
    await vi.advanceTimersByTimeAsync(1000);
    expect(desk.questions).toHaveLength(2);
  });

  it('keep the last answer beside a problem, and ask again when the server is back', async () => {
    const handle = await held();
    await desk.last.answer('0');
    opened.shared.getCell(0).setSource('x = 1');
    await vi.advanceTimersByTimeAsync(60);
    await desk.last.fail(Problem.noReply(new Error('network')));
    expect([handle.look?.digest, handle.problem?.code]).toEqual([
      '0',
      'server-away'
    ]);
    channels.stateChanged.emit();
    await vi.advanceTimersByTimeAsync(60);
    await desk.last.answer('1');
    expect([handle.look?.digest, handle.problem]).toEqual(['1', null]);
  });

  it('of a notebook that is edited together are of the path that the server has', async () => {
    const seen: string[] = [];
    looks.added.connect((_, path) => seen.push(path));
    tracker.open(new OpenNotebook('RTC:books/b.ipynb', notebook(1)));
    const handle = looks.of('books/b.ipynb');
    await vi.advanceTimersByTimeAsync(0);
    expect(seen).toEqual(['books/b.ipynb']);
    expect([handle?.path, desk.last.path]).toEqual([
      'books/b.ipynb',
      'books/b.ipynb'
    ]);
  });

  it('follow the notebook through renaming, to its closing', async () => {
    const handle = await held();
    await desk.last.answer('0');
    opened.rename('flowers.ipynb');
    await vi.advanceTimersByTimeAsync(60);
    expect([handle.path, desk.last.path]).toEqual([
      'flowers.ipynb',
      'flowers.ipynb'
    ]);
    expect(looks.of('iris.ipynb')).toBeNull();
    opened.close();
    expect(looks.of('flowers.ipynb')).toBeNull();
    opened.shared.getCell(0).setSource('x = 1');
    await vi.advanceTimersByTimeAsync(1000);
    expect(desk.questions).toHaveLength(2);
  });

  it('rest when nobody holds them, and know the newest text when somebody does again', async () => {
    const handle = await held();
    await desk.last.answer('0');
    handle.dispose();
    handle.dispose();
    opened.shared.getCell(0).setSource('x = 1');
    await vi.advanceTimersByTimeAsync(1000);
    expect(desk.questions).toHaveLength(1);
    looks.of('iris.ipynb');
    await vi.advanceTimersByTimeAsync(0);
    expect(desk.last.notebook).toContain('x = 1');
  });

  it('have one request under way, also through hands that let go and take hold again', async () => {
    const handle = await held();
    handle.dispose();
    looks.of('iris.ipynb');
    await vi.advanceTimersByTimeAsync(1000);
    expect(desk.questions).toHaveLength(1);
    await desk.last.answer('0');
    expect(desk.questions).toHaveLength(2);
  });
});
