import React from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { CommandIDs } from '../../commands';
import { Problem } from '../../core/problem';
import { run } from '../../services/__tests__/fixtures';
import type { IRunEvent } from '../../wire';
import { CardView } from '../card';
import { intentOf, MIME, savedOf } from '../intent';
import { DeployOutput } from '../output';
import { RUN, Scene } from './parts';

const INTENT = { run: RUN, notebook: '', flags: ['--yes'], explicit: false };
const LIVE = {
  service: 'iris',
  state: 'running',
  revision: 4,
  drifted: false
};
const HOSTILE = '<img src=x onerror=alert(1)>\u202e';

let scene: Scene;

beforeEach(() => {
  vi.useFakeTimers();
  scene = new Scene();
});

afterEach(() => {
  vi.useRealTimers();
});

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await vi.advanceTimersByTimeAsync(0);
    await vi.dynamicImportSettled();
  }
}

async function ask(data: object = INTENT, session?: string): Promise<void> {
  scene.open(data as never, session);
  await settled();
}

function event(
  seq: number,
  kind: IRunEvent['kind'],
  stage: string,
  payload: IRunEvent['payload']
): void {
  const data = { run: RUN, seq, time: seq, stage, kind, payload };
  scene.listeners.get(`run:${RUN}`)?.event(data as never, seq);
}

describe('an intent', () => {
  it('is what a kernel sends, and nothing else', () => {
    expect(intentOf(INTENT)).toEqual(INTENT);
    for (const odd of [
      null,
      'text',
      [INTENT],
      {},
      { ...INTENT, run: '../../services/iris' },
      { ...INTENT, flags: '--yes' },
      { ...INTENT, flags: [1] },
      { ...INTENT, flags: Array(1000).fill('--yes') },
      { ...INTENT, notebook: null }
    ]) {
      expect(intentOf(odd)).toBeNull();
    }
  });

  it('saves the notebook and opens its review', async () => {
    await ask();
    expect(scene.sent).toEqual([{ state: 'taken' }]);
    expect(scene.saves).toBe(1);
    expect(scene.executed).toEqual([
      [
        CommandIDs.deploy,
        { path: 'demos/iris.ipynb', options: { workers: 1 }, run: RUN }
      ]
    ]);
    expect(scene.announced).toEqual([false]);
  });

  it('ships at once with --yes on the local target', async () => {
    scene.yes = true;
    await ask();
    expect(scene.executed[0][1]).toMatchObject({ yes: true, run: RUN });
    expect(scene.announced).toEqual([true]);
  });

  it('is reviewed on any other target, whatever it says', async () => {
    scene.yes = true;
    scene.target = 'kubernetes';
    await ask();
    expect(scene.executed[0][1]).not.toHaveProperty('yes');
    expect(scene.announced).toEqual([false]);
  });

  it('of a cell that another window runs is that window’s', async () => {
    await ask(INTENT, 'another-window');
    expect(scene.sent).toEqual([]);
    expect(scene.asked).toEqual([]);
    expect(scene.isClosed).toBe(false);
  });

  it('of a plan that is live deploys nothing', async () => {
    scene.yes = true;
    scene.unchanged = true;
    scene.live = LIVE;
    await ask();
    const lines = ['iris is live already, unchanged: revision 4.'];
    expect(scene.executed).toEqual([]);
    expect(scene.sent.at(-1)).toEqual({ state: 'unchanged', lines });
    expect(scene.isClosed).toBe(true);
  });

  it('with --fresh is shipped, though its plan is live', async () => {
    scene.fresh = true;
    scene.unchanged = true;
    scene.live = LIVE;
    await ask();
    expect(scene.executed[0][1]).toMatchObject({ fresh: true, run: RUN });
  });

  it('with --take-over opens the review with that choice made, on a cluster alone', async () => {
    scene.over = true;
    scene.target = 'kubernetes';
    await ask();
    expect(scene.executed[0][1]).toMatchObject({ takeOver: true, run: RUN });
    scene.target = 'local';
    await ask();
    expect(scene.executed).toHaveLength(1);
    const lines = [
      'Only services of a cluster are taken over: those of this machine are all yours.'
    ];
    expect(scene.sent.at(-1)).toEqual({ state: 'refused', lines });
  });

  it('of code that has changed is reviewed without waiting for a lock', async () => {
    scene.live = { ...LIVE, drifted: true };
    await ask();
    expect(scene.asked).not.toContain('review true');
    expect(scene.executed).toHaveLength(1);
  });

  it('that names another notebook is of that one', async () => {
    await ask({
      ...INTENT,
      notebook: '/books/demos/other.ipynb',
      explicit: true
    });
    expect(scene.executed[0][1]).toMatchObject({ path: 'demos/other.ipynb' });
  });

  it('for a notebook that JupyterLab does not show says so', async () => {
    scene.path = null;
    const notebook = `/etc/${HOSTILE}.ipynb`;
    await ask({ ...INTENT, notebook, explicit: true });
    expect(scene.executed).toEqual([]);
    expect(JSON.stringify(scene.sent.at(-1))).toContain('lies outside');
    expect(JSON.stringify(scene.sent.at(-1))).toContain('⟨U+202E⟩');
  });

  it('says what is wrong with its words', async () => {
    const message = 'unrecognized arguments: --wrokers';
    scene.refusal = new Problem(400, { message, remedy: 'Look them up' });
    await ask();
    const lines = [message, 'Look them up'];
    expect(scene.sent.at(-1)).toEqual({ state: 'refused', lines });
    expect(scene.executed).toEqual([]);
  });

  it('deploys nothing that could not be saved', async () => {
    scene.savesFail = true;
    await ask();
    expect(scene.executed).toEqual([]);
    expect(scene.sent.at(-1)).toMatchObject({ state: 'refused' });
  });

  it('tells the kernel how the run ended, without a token', async () => {
    await ask();
    scene.runs.set(RUN, run({ id: RUN, service: 'iris' }));
    await vi.advanceTimersByTimeAsync(12_000);
    await settled();
    event(1, 'run', '', { state: 'running' });
    event(2, 'stage', 'lock', {
      state: 'done',
      seconds: 0.1,
      summary: `14 packages ${HOSTILE}`
    });
    event(3, 'result', 'deploy', {
      service: 'iris',
      target: 'local',
      url: 'http://127.0.0.1:8731',
      revision: 5
    });
    expect(scene.isClosed).toBe(false);
    event(4, 'run', '', { state: 'succeeded' });
    await settled();
    expect(scene.sent.at(-1)).toEqual({
      state: 'succeeded',
      lines: [
        'iris, revision 5 → local',
        '  ✓ Lock         0.1 s  14 packages <img src=x onerror=alert(1)>⟨U+202E⟩',
        'iris is live: http://127.0.0.1:8731'
      ]
    });
    expect(scene.isClosed).toBe(true);
  });
});

describe('the output', () => {
  const actions = { openRun: vi.fn(), openService: vi.fn() };

  function shown(lines: string[]): HTMLElement {
    const { trans } = scene;
    const deployment = scene.deployments.hold(RUN);
    const saved = { run: RUN, book: HOSTILE, lines };
    const node = document.createElement('div');
    const props = { deployment, saved, actions, trans };
    flushSync(() => createRoot(node).render(<CardView {...props} />));
    return node;
  }

  async function rendered(data: object): Promise<DeployOutput> {
    const { deployments, trans } = scene;
    const output = new DeployOutput({ deployments, actions, trans });
    await output.renderModel({ data: { [MIME]: data } } as never);
    await settled();
    return output;
  }

  it('of a reopened notebook reads how the run stands, and starts nothing', async () => {
    await rendered({ run: RUN, book: 'iris.ipynb', lines: ['as it was'] });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(scene.asked).toEqual([`find ${RUN}`]);
    expect(scene.executed).toEqual([]);
    expect(scene.listeners.size).toBe(0);
  });

  it('that names no run asks nothing at all', async () => {
    for (const odd of [{}, { run: '../../services' }, { run: 7 }, []]) {
      await rendered(odd);
    }
    expect(scene.asked).toEqual([]);
    expect(savedOf({ run: RUN, lines: [{}] })?.lines).toEqual([]);
  });

  it('follows a run that there is, and lets go of it', async () => {
    scene.runs.set(RUN, run({ id: RUN }));
    const output = await rendered({ run: RUN, book: 'iris.ipynb', lines: [] });
    expect([...scene.listeners.keys()]).toEqual([`run:${RUN}`]);
    output.dispose();
    expect(scene.listeners.size).toBe(0);
  });

  it('shows what is saved as text', () => {
    const node = shown([HOSTILE, 'second']);
    expect(node.querySelector('img')).toBeNull();
    expect(node.querySelector('pre')?.textContent).toBe(
      '<img src=x onerror=alert(1)>⟨U+202E⟩\nsecond'
    );
  });

  it('says why a run failed', async () => {
    scene.runs.set(RUN, run({ id: RUN }));
    await scene.deployments.hold(RUN).look();
    event(1, 'stage', 'prove', { state: 'failed', seconds: 1 });
    event(2, 'run', '', {
      state: 'failed',
      error: { message: HOSTILE, remedy: 'Mend it', cell: null, line: null }
    });
    const node = shown([]);
    expect(node.querySelector('[role=alert]')?.textContent).toBe(
      '▲ Proof failed<img src=x onerror=alert(1)>⟨U+202E⟩Next: Mend it'
    );
    node.querySelector('button')?.click();
    expect(actions.openRun).toHaveBeenCalledWith(RUN);
  });
});
