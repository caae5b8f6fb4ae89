import { beforeEach, describe, expect, it } from 'vitest';

import { Problem } from '../../core/problem';
import type { IApi, IReply } from '../../tokens';
import type { IOperation } from '../contract';
import { Trial } from '../trial';

const OPERATION: IOperation = {
  name: 'predict',
  method: 'POST',
  path: '/predict',
  summary: '',
  query: false,
  schema: {},
  samples: [{ arguments: { row: [1] } }]
};

let calls: unknown[][];
let answers: (() => Promise<IReply>)[];
let trial: Trial;

beforeEach(() => {
  calls = [];
  answers = [];
  const api = {
    call: (...given: unknown[]) => {
      calls.push(given);
      return answers.shift()!();
    }
  };
  trial = new Trial(OPERATION, 'iris', api as unknown as IApi, () => undefined);
});

const reply: IReply = {
  status: 200,
  seconds: 0.008,
  body: 'setosa',
  request_id: 'r'
};

describe('trying an endpoint', () => {
  it('begins with the example', () => {
    expect([trial.values, trial.text]).toEqual([{ row: [1] }, '{"row": [1]}']);
  });

  it('sends what is filled in', async () => {
    answers.push(() => Promise.resolve(reply));
    trial.use({ row: [2] });
    await trial.send();
    expect(calls).toEqual([['iris', 'POST', '/predict', { row: [2] }]]);
    expect(trial.reply).toEqual(reply);
  });

  it('keeps the last arguments while the text is no JSON, and sends nothing', async () => {
    trial.write('{"row": [');
    expect([trial.values, trial.flaw !== '']).toEqual([{ row: [1] }, true]);
    await trial.send();
    expect(calls).toEqual([]);
    trial.write('[1]');
    expect(trial.flaw).not.toBe('');
    trial.write('{"row": [3]}');
    expect([trial.values, trial.flaw]).toEqual([{ row: [3] }, '']);
  });

  it('sends once however often it is asked', async () => {
    let answer: (reply: IReply) => void = () => undefined;
    answers.push(() => new Promise(resolve => (answer = resolve)));
    const first = trial.send();
    await trial.send();
    answer(reply);
    await first;
    expect(calls.length).toBe(1);
    expect(trial.sending).toBe(false);
  });

  it('says why nothing came back', async () => {
    answers.push(() => Promise.reject(Problem.noReply('gone')));
    await trial.send();
    expect([trial.problem?.away, trial.reply]).toEqual([true, null]);
  });

  describe('whose contract has changed', () => {
    const changed = (): Trial =>
      new Trial(
        {
          ...OPERATION,
          schema: {
            properties: {
              row: { type: 'array', items: { type: 'number' } },
              name: { type: 'string' },
              many: { type: 'integer' }
            }
          },
          samples: [{ arguments: { row: [1, 2], name: 'rose', many: 3 } }]
        },
        'iris',
        {} as IApi,
        () => undefined
      );

    it('keeps what was typed as far as it is taken now', () => {
      trial.use({ row: [7], name: 5, gone: true });
      trial.show(true);
      const now = changed();
      now.resume(trial);
      expect(now.values).toEqual({ row: [7], name: 'rose', many: 3 });
      expect(now.raw).toBe(true);
    });

    it('has its own example where nothing was typed', () => {
      const now = changed();
      now.resume(trial);
      expect(now.values).toEqual({ row: [1, 2], name: 'rose', many: 3 });
    });

    it('keeps text that is no JSON yet', () => {
      trial.write('{"row": [8');
      const now = changed();
      now.resume(trial);
      expect(now.text).toBe('{"row": [8');
      expect(now.flaw).not.toBe('');
    });
  });
});
