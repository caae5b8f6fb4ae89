import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  Bench,
  type Door,
  finding,
  LOCKED,
  LOOK,
  refusal,
  RUN,
  type Server
} from './server';

const MAGIC = '11111111-2222-4333-8444-555555555555';

let bench: Bench;
let server: Server;
let door: Door;

beforeEach(() => {
  bench = new Bench();
  ({ server, door } = bench);
});

afterEach(() => bench.dispose());

describe('shipping', () => {
  it('sends the digests that were reviewed, under a new id, and opens the run', async () => {
    const model = bench.review({ options: { name: 'iris' } });
    await model.review();
    await model.ship();
    const [sent] = server.ships;
    expect(sent).toEqual({
      id: sent.id,
      path: 'iris.ipynb',
      digest: LOOK.digest,
      options: { name: 'iris' },
      plan_digest: LOCKED.plan_digest
    });
    expect(sent.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(bench.opened).toEqual([sent.id]);
    expect(model.obstacle).toBe('shipped');
  });

  it('uses the id of the magic that opened it, once', async () => {
    const model = bench.review({ run: MAGIC });
    await model.review();
    await model.ship();
    await model.review();
    await model.ship();
    expect(server.ships[0].id).toBe(MAGIC);
    expect(server.ships[1].id).not.toBe(MAGIC);
  });

  it('keeps the id where the answer was lost, so that two clicks make one run', async () => {
    const model = bench.review();
    await model.review();
    server.ship = () => Promise.reject(refusal(0, 'server-away'));
    await model.ship();
    expect(model.obstacle).toBe('away');
    server.ship = async ({ id }) => ({ ...RUN, id });
    server.back();
    await model.settled();
    await model.ship();
    expect(server.ships).toHaveLength(2);
    expect(server.ships[1]).toEqual(server.ships[0]);
  });

  it.each([
    ['a finding blocks', { findings: [finding('orphan-name')] }],
    ['the lock is not there', { complete: false, plan_digest: '' }],
    ['the same plan is live', { unchanged: true }],
    [
      'no function is served',
      { endpoints: [], findings: [finding('no-endpoint')] }
    ]
  ])('sends nothing where %s', async (_, part) => {
    server.review = async () => ({ ...LOCKED, ...part });
    const model = bench.review();
    await model.review();
    await model.ship();
    expect(server.ships).toEqual([]);
    expect(model.obstacle).not.toBe('none');
  });

  it('ships what is live already only when asked to', async () => {
    server.review = async () => ({ ...LOCKED, unchanged: true });
    const model = bench.review();
    await model.review();
    await model.ship('again');
    expect(server.ships.map(one => one.fresh)).toEqual([true]);
  });

  it.each([true, false])(
    'makes everything anew where that is asked for (unchanged: %s), once',
    async unchanged => {
      server.review = async () => ({ ...LOCKED, unchanged });
      const model = bench.review({ fresh: true });
      await model.review();
      expect(model.obstacle).toBe('none');
      await model.ship();
      expect(server.ships.map(one => one.fresh)).toEqual([true]);
      expect(model.state.fresh).toBe(false);
    }
  );

  it('says which run is in the way', async () => {
    const model = bench.review();
    await model.review();
    server.ship = () => Promise.reject(refusal(409, 'run-active'));
    await model.ship();
    expect(model.state.problem?.code).toBe('run-active');
    expect(bench.opened).toEqual([]);
  });
});

describe('overriding', () => {
  const forbidden = { ...LOCKED, findings: [finding('policy-violated')] };

  it('takes a reason, and sends it', async () => {
    server.review = async () => ({
      ...forbidden,
      overridable: ['policy-violated']
    });
    const model = bench.review();
    await model.review();
    expect(model.obstacle).toBe('blocked');
    model.override('policy-violated', '   ');
    expect(model.obstacle).toBe('blocked');
    model.override('policy-violated', ' agreed with the platform team ');
    expect(model.obstacle).toBe('none');
    await model.ship();
    expect(server.ships[0].overrides).toEqual({
      'policy-violated': 'agreed with the platform team'
    });
  });

  it('does nothing for a finding that policy does not let go', async () => {
    server.review = async () => forbidden;
    const model = bench.review();
    await model.review();
    model.override('policy-violated', 'because');
    expect(model.obstacle).toBe('blocked');
  });
});

describe('taking over', () => {
  const owner = '/home/bob/iris.ipynb';
  const taken = { ...LOCKED, owner, findings: [finding('name-taken')] };

  it('is sent where somebody agreed to it, of the notebook that they saw', async () => {
    server.review = async () => taken;
    const model = bench.review();
    await model.review();
    expect(model.obstacle).toBe('blocked');
    model.takeOver(true);
    expect(model.obstacle).toBe('none');
    server.review = async () => ({ ...taken, owner: '/home/eve/iris.ipynb' });
    await model.review();
    expect(model.obstacle).toBe('blocked');
    model.takeOver(true);
    await model.ship();
    expect(server.ships.map(one => one.takes_over)).toEqual([
      '/home/eve/iris.ipynb'
    ]);
  });

  it('is agreed to by `%deploy --take-over`, for the one review', async () => {
    server.review = async () => taken;
    const model = bench.review({ takeOver: true });
    await model.review();
    expect(model.state.takesOver).toBe(owner);
    expect(model.obstacle).toBe('none');
    model.takeOver(false);
    await model.review();
    expect(model.obstacle).toBe('blocked');
  });

  it('is no choice where the service cannot be taken over', async () => {
    server.review = async () => ({ ...taken, owner: '' });
    const model = bench.review({ takeOver: true });
    await model.review();
    expect(model.obstacle).toBe('blocked');
    await model.ship();
    expect(server.ships).toEqual([]);
  });
});

describe('a notebook that changes', () => {
  it('cannot be shipped until it is reviewed again', async () => {
    const model = bench.review();
    await model.review();
    door.edit();
    expect(model.obstacle).toBe('changed');
    await model.ship();
    expect(server.ships).toEqual([]);
    await model.review();
    expect(model.obstacle).toBe('none');
  });

  it('says so where the server saw it first and the plan is another', async () => {
    const model = bench.review();
    await model.review();
    server.ship = () => Promise.reject(refusal(409, 'notebook-changed'));
    server.review = async () => ({ ...LOCKED, plan_digest: 'd'.repeat(64) });
    await model.ship();
    expect(server.ships).toHaveLength(1);
    expect(model.obstacle).toBe('changed');
    expect(model.state.problem).toBeNull();
  });

  it('ships where only the file is another and the reviewed plan is the same', async () => {
    const model = bench.review();
    await model.review();
    server.ship = async ({ id, digest }) => {
      if (digest === LOOK.digest) {
        throw refusal(409, 'notebook-changed');
      }
      return { ...RUN, id };
    };
    server.look = async () => ({ ...LOOK, digest: 'e'.repeat(64) });
    await model.ship();
    expect(model.obstacle).toBe('shipped');
    expect(server.ships.map(one => one.plan_digest)).toEqual([
      LOCKED.plan_digest,
      LOCKED.plan_digest
    ]);
  });
});
