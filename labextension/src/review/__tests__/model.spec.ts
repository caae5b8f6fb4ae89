import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type * as W from '../../wire';
import {
  Bench,
  type Door,
  finding,
  later,
  LOCKED,
  LOOK,
  refusal,
  RUN,
  type Server,
  TEXT
} from './server';

let bench: Bench;
let server: Server;
let door: Door;

beforeEach(() => {
  bench = new Bench();
  ({ server, door } = bench);
});

afterEach(() => bench.dispose());

describe('filling in', () => {
  it('shows the text at once and the lock when it is there', async () => {
    const lock = later<W.IReview>();
    server.review = async (_, wanted) => (wanted ? lock.promise : TEXT);
    const model = bench.review();
    const done = model.review();
    await vi.waitFor(() => expect(model.obstacle).toBe('locking'));
    expect(model.state.review).toEqual(TEXT);
    lock.resolve(LOCKED);
    await done;
    expect(model.state.review).toEqual(LOCKED);
    expect(model.obstacle).toBe('none');
  });

  it('saves before it asks, and asks about the file that was saved', async () => {
    await bench.review().review();
    expect(door.done).toEqual(['save']);
    const request = { path: 'iris.ipynb', digest: LOOK.digest, options: {} };
    expect(server.asked).toEqual([
      { request, lock: false },
      { request, lock: true }
    ]);
  });

  it('drops the answer to an older question, whichever comes last', async () => {
    const slow = later<W.IReview>();
    server.review = async (_, lock) => (lock ? slow.promise : TEXT);
    const model = bench.review();
    const first = model.review();
    await vi.waitFor(() => expect(model.obstacle).toBe('locking'));
    const newer = { ...LOCKED, plan_digest: 'c'.repeat(64) };
    server.review = async (_, lock) => (lock ? newer : TEXT);
    await model.review();
    slow.resolve(LOCKED);
    await first;
    expect(model.state.review).toEqual(newer);
  });

  it('keeps what it shows while it asks again', async () => {
    const model = bench.review();
    await model.review();
    const look = later<W.ILook>();
    server.look = () => look.promise;
    void model.review();
    expect(model.state.review).toEqual(LOCKED);
    expect(model.obstacle).toBe('reading');
  });

  it('asks for no lock where a finding blocks', async () => {
    server.review = async () => ({
      ...TEXT,
      findings: [finding('orphan-name')]
    });
    const model = bench.review();
    await model.review();
    expect(server.asked.map(one => one.lock)).toEqual([false]);
    expect(model.obstacle).toBe('blocked');
  });

  it('goes through reading and locking to ready', async () => {
    const seen: string[] = [];
    const model = bench.review();
    model.changed.connect(() => seen.push(model.obstacle));
    await model.review();
    expect([...new Set(seen)]).toEqual(['reading', 'locking', 'none']);
  });
});

describe('a server that is away', () => {
  it('loses nothing, and asks again when it is back', async () => {
    const model = bench.review();
    await model.review();
    const { look } = server;
    server.look = () => Promise.reject(refusal(0, 'server-away'));
    await model.review();
    expect(model.obstacle).toBe('away');
    expect(model.state.review).toEqual(LOCKED);
    server.look = look;
    server.back();
    await model.settled();
    expect(model.obstacle).toBe('none');
  });

  it('asks again by itself', async () => {
    server.look = () => Promise.reject(refusal(0, 'server-away'));
    const model = bench.review({ retry: 1 });
    await model.review();
    server.look = async () => LOOK;
    await vi.waitFor(() => expect(model.obstacle).toBe('none'));
  });

  it('is asked again also where shipping found it away', async () => {
    const model = bench.review({ retry: 1 });
    await model.review();
    server.ship = () => Promise.reject(refusal(0, 'server-away'));
    await model.ship();
    expect(model.obstacle).toBe('away');
    await vi.waitFor(() => expect(model.obstacle).toBe('none'));
  });

  it('is told apart from one that refuses', async () => {
    server.look = () => Promise.reject(refusal(404, 'nothing-there'));
    const model = bench.review();
    await model.review();
    expect(model.obstacle).toBe('problem');
    expect(model.state.problem?.code).toBe('nothing-there');
  });
});

describe('an untagged notebook', () => {
  const predict: W.ICandidate = {
    kind: 'function',
    function: 'predict',
    cell: 'c8',
    number: 8,
    signature: 'predict(row: list[float]) -> str',
    source: null
  };
  const untagged = {
    ...TEXT,
    endpoints: [],
    candidates: [predict],
    findings: [finding('no-endpoint')]
  };

  it('asks which function should be served, tags it, saves and reviews again', async () => {
    server.review = async () => untagged;
    const model = bench.review();
    await model.review();
    expect(model.obstacle).toBe('untagged');
    server.review = async (_, lock) => (lock ? LOCKED : TEXT);
    await model.choose(predict);
    expect(door.done).toEqual(['save', 'choose predict', 'save']);
    expect(model.obstacle).toBe('none');
  });

  it('says why the tag could not be written', async () => {
    server.review = async () => untagged;
    const model = bench.review();
    await model.review();
    door.choose = () => Promise.reject(refusal(409, 'notebook-unopened'));
    await model.choose(predict);
    expect(model.state.problem?.code).toBe('notebook-unopened');
    expect(model.obstacle).toBe('untagged');
  });
});

describe('options', () => {
  it('review again when one changes, once for many changes', async () => {
    const model = bench.review();
    await model.review();
    server.asked.length = 0;
    model.setOption('replicas', 2);
    model.setOption('replicas', 3);
    expect(model.obstacle).toBe('reading');
    await vi.waitFor(() => expect(model.obstacle).toBe('none'));
    expect(server.asked.map(one => one.request.options)).toEqual([
      { replicas: 3 },
      { replicas: 3 }
    ]);
  });

  it('move into the notebook', async () => {
    const model = bench.review({ options: { replicas: 3 } });
    await model.review();
    await model.keepOptions();
    expect(door.done).toEqual(['save', 'keep {"replicas":3}', 'save']);
    expect(model.state.options).toEqual({});
  });
});

describe('rehearse now', () => {
  it('stops after the proof, shows the stage, and reviews again', async () => {
    const model = bench.review();
    await model.review();
    await model.rehearse();
    const [{ id, until, plan_digest: plan }] = server.ships;
    expect([until, plan]).toEqual(['prove', LOCKED.plan_digest]);
    expect(model.obstacle).toBe('rehearsing');
    const channel = server.listeners.get(`run:${id}`);
    const event = {
      run: id,
      seq: 3,
      time: 0,
      stage: 'rehearse',
      kind: 'stage'
    };
    channel?.event({ ...event, payload: { state: 'started' } }, 3);
    expect(model.state.rehearsal?.stage).toBe('rehearse');
    server.runs = [{ ...RUN, id, state: 'succeeded', until: 'prove' }];
    server.review = async (_, lock) => ({
      ...LOCKED,
      complete: lock,
      rehearsed: true
    });
    channel?.end?.();
    await vi.waitFor(() => expect(model.state.review?.rehearsed).toBe(true));
    await vi.waitFor(() => expect(model.obstacle).toBe('none'));
    expect(bench.opened).toEqual([]);
  });

  it('says why it failed', async () => {
    const model = bench.review();
    await model.review();
    await model.rehearse();
    const [{ id }] = server.ships;
    const error = {
      code: 'stage-failed',
      message: 'KeyError',
      remedy: '',
      detail: '',
      cell: 'c5',
      line: 3,
      findings: []
    };
    server.runs = [{ ...RUN, id, state: 'failed', until: 'prove', error }];
    server.listeners.get(`run:${id}`)?.end?.();
    await vi.waitFor(() => expect(model.state.rehearsal?.error).toEqual(error));
    expect(model.obstacle).toBe('none');
  });

  it('goes on after a refresh with the rehearsal that is at work', async () => {
    server.runs = [{ ...RUN, state: 'running', until: 'prove' }];
    const model = bench.review();
    await model.review();
    expect(model.obstacle).toBe('rehearsing');
    expect(model.state.rehearsal?.run).toBe(RUN.id);
  });
});
