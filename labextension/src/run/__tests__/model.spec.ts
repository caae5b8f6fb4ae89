import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { beforeEach, describe, expect, it } from 'vitest';

import { Problem } from '../../core/problem';
import type { IApi, IChannels, IListener } from '../../tokens';
import type { IRun, Json } from '../../wire';
import { RunModel } from '../model';
import { failure, heading, reason, status } from '../words';
import { NAMES, stream } from './streams';

const trans = nullTranslator.load('jupyter_modelship');
const ID = '00000000-0000-4000-8000-000000000001';

class Line {
  readonly stateChanged = new Signal<this, void>(this);
  state: 'open' | 'away' = 'open';
  listener: IListener | null = null;
  channel = '';

  subscribe(channel: string, listener: IListener): { dispose(): void } {
    this.channel = channel;
    this.listener = listener;
    return { dispose: () => (this.listener = null) };
  }
}

/** Stages as a person reads them, e.g. "lock done 0.1". */
function stages(model: RunModel): string[] {
  return model.stages.shown.map(({ name, state, seconds }) =>
    seconds === null ? `${name} ${state}` : `${name} ${state} ${seconds}`
  );
}

describe('a run', () => {
  let line: Line;
  let run: Partial<IRun>;
  let asked: number;
  let refusal: Problem | null;
  let model: RunModel;
  let changes: number;

  beforeEach(() => {
    line = new Line();
    run = { id: ID, service: 'iris', target: 'local', until: null };
    asked = 0;
    refusal = null;
    changes = 0;
  });

  function made(): RunModel {
    const api = {
      run: () => {
        asked += 1;
        return refusal ? Promise.reject(refusal) : Promise.resolve(run as IRun);
      }
    };
    model = new RunModel({
      id: ID,
      api: api as unknown as IApi,
      channels: line as unknown as IChannels,
      soon: tell => tell()
    });
    model.changed.connect(() => (changes += 1));
    return model;
  }

  function replay(name: string): RunModel {
    made();
    for (const event of stream(name)) {
      line.listener?.event(event as unknown as Json, event.seq);
    }
    line.listener?.end?.();
    return model;
  }

  it('follows the channel of its id', () => {
    made();
    expect(line.channel).toBe(`run:${ID}`);
    model.dispose();
    expect(line.listener).toBeNull();
  });

  it('that deploys', async () => {
    replay('deploys');
    await Promise.resolve();
    expect(stages(model)).toEqual([
      'extract done 0',
      'lock done 0.1',
      'rehearse done 8.4',
      'prove done 3.1',
      'deploy done 0.2',
      'confirm done 0'
    ]);
    expect(model.state).toBe('succeeded');
    expect(heading(model, trans)).toBe('iris, revision 5 → local');
    expect(status(model, trans)).toBe(
      'It is live. 3 of 3 examples answer as in the notebook.'
    );
    expect(model.findings.map(each => each.code)).toEqual(['stale-cell']);
    expect(model.log.text()).toBe(
      'cell 2: line one\nnaïve ☃ red\ncell 5: line one\nnaïve ☃ red\n'
    );
    expect(asked).toBe(2);
  });

  it('that fails in a cell says where, and why', () => {
    replay('fails-in-a-cell');
    expect(stages(model)).toContain('rehearse failed 2.6');
    expect(stages(model)).toContain('prove waiting');
    expect(failure(model, trans)).toBe('Rehearsal failed in cell 5, line 3');
    expect(reason(model)).toMatch(/^KeyError: 'petal width'/);
    expect(model.active).toBe(false);
  });

  it('that is blocked has the findings as its cause', () => {
    replay('is-blocked');
    expect(model.error?.findings.map(each => each.code)).toEqual(['secret']);
    expect(failure(model, trans)).toBe('The run failed');
  });

  it('that is cancelled leaves its stage stopped', () => {
    replay('is-cancelled');
    expect(stages(model)).toContain('rehearse stopped');
    expect(model.reason).toBe('somebody cancelled it');
  });

  it('that was interrupted goes through the line again, and says so in its log', () => {
    made();
    const events = stream('is-interrupted-once');
    const again = events.findIndex(({ payload }) => payload.attempt === 2);
    events.slice(0, again).forEach(event => model.take(event));
    expect([model.state, model.active]).toEqual(['interrupted', false]);
    expect(stages(model)).toContain('rehearse stopped');
    model.take(events[again]);
    expect([model.state, model.active]).toEqual(['running', true]);
    expect(stages(model)).toContain('rehearse waiting');
    events.slice(again + 1).forEach(event => model.take(event));
    expect(model.state).toBe('succeeded');
    expect(
      model.log.text().match(/── its worker was told to end/g)
    ).toHaveLength(1);
  });

  it('that finds its plan live says that nothing was done', () => {
    replay('finds-it-unchanged');
    expect(stages(model)).toContain('deploy skipped');
    expect(status(model, trans)).toBe(
      'This plan was live already: nothing was done.'
    );
  });

  it('that talks too much is shown with what is left of it', () => {
    replay('talks-too-much');
    expect(model.log.text()).toContain('12 lines of the log are left out here');
  });

  it.each(NAMES)('%s ends as its last event says, and tells of it', name => {
    replay(name);
    const events = stream(name);
    expect(model.state).toBe(events[events.length - 1].payload.state);
    expect(changes).toBeGreaterThanOrEqual(events.length);
    expect(model.stages.running).toBeNull();
  });

  it('says what it is at, by stage and cell', () => {
    made();
    stream('deploys')
      .slice(0, 9)
      .forEach(event => model.take(event));
    expect(status(model, trans)).toBe('Rehearse: cell 2, iris = load_iris()');
  });

  it('that only proves has nothing waiting behind the proof', async () => {
    run.until = 'prove';
    made();
    await Promise.resolve();
    expect(stages(model)).toEqual([
      'extract waiting',
      'lock waiting',
      'rehearse waiting',
      'prove waiting'
    ]);
  });

  it('shows a quiet stage when it takes its time, and any that fails', () => {
    made();
    const event = stream('deploys')[3];
    const told = (stage: string, payload: object) =>
      model.take({ ...event, stage, payload: payload as typeof event.payload });
    told('render', { state: 'done', seconds: 0.1 });
    told('push', { state: 'started' });
    expect(stages(model)).not.toContain('render done 0.1');
    expect(stages(model)).toContain('push started');
    told('render', { state: 'done', seconds: 4 });
    told('release', { state: 'failed', seconds: 0 });
    expect(stages(model).slice(3, 7)).toEqual([
      'render done 4',
      'push started',
      'prove waiting',
      'release failed 0'
    ]);
  });

  it('shows the push where it was: a cluster proves what was pushed to it', () => {
    const two = (first: string, then: string): string[] => {
      made();
      const event = stream('deploys')[3];
      const payload = { state: 'started' };
      model.take({ ...event, stage: first, payload, time: 5 });
      model.take({ ...event, stage: then, payload, time: 6 });
      return model.stages.shown
        .map(({ name }) => name)
        .filter(name => name === 'push' || name === 'prove');
    };
    expect(two('push', 'prove')).toEqual(['push', 'prove']);
    expect(two('prove', 'push')).toEqual(['prove', 'push']);
  });

  it('that nobody knows says so; a server that is away is no problem of it', async () => {
    refusal = new Problem(404, { message: 'there is no such run' });
    made();
    await Promise.resolve();
    await Promise.resolve();
    expect(model.problem?.message).toBe('there is no such run');
    refusal = Problem.noReply(new Error('network'));
    made();
    await Promise.resolve();
    await Promise.resolve();
    expect(model.problem).toBeNull();
    refusal = null;
    line.stateChanged.emit();
    await Promise.resolve();
    expect(model.run?.service).toBe('iris');
  });

  it('shows text as text: a hostile name turns nothing around', () => {
    run.service = 'x';
    replay('deploys');
    model.result = { ...model.result!, service: 'ir\u202eis<b>' };
    expect(heading(model, trans)).toBe('ir⟨U+202E⟩is<b>, revision 5 → local');
  });
});
