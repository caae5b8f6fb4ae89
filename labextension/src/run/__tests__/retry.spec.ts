import type { INotebookTracker } from '@jupyterlab/notebook';
import { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { beforeEach, describe, expect, it } from 'vitest';

import { CommandIDs } from '../../commands';
import { run } from '../../services/__tests__/fixtures';
import type { IApi } from '../../tokens';
import type { IRequest, IRun, IShip, Options } from '../../wire';
import { retry } from '../retry';

const RUN = run({ state: 'failed', options: { name: 'iris', workers: 2 } });

describe('a retry', () => {
  let shipped: IShip[];
  let asked: Options[];
  let executed: [string, ReadonlyPartialJSONObject][];
  let plan: string;

  beforeEach(() => {
    shipped = [];
    asked = [];
    executed = [];
    plan = RUN.plan_digest;
  });

  async function again(of: IRun): Promise<void> {
    const commands = new CommandRegistry();
    for (const id of [CommandIDs.openReview, CommandIDs.openRun]) {
      commands.addCommand(id, { execute: args => executed.push([id, args]) });
    }
    const api = {
      look: async (_: string, options: Options) => {
        asked.push(options);
        return { digest: 'bytes' };
      },
      review: async ({ options }: IRequest) => {
        asked.push(options);
        return { plan_digest: plan };
      },
      ship: async (request: IShip) => {
        shipped.push(request);
        return { id: request.id };
      }
    };
    const notebooks = { find: () => undefined };
    await retry(
      {
        api: api as unknown as IApi,
        commands,
        notebooks: notebooks as unknown as INotebookTracker
      },
      of
    );
  }

  it('asks for the same plan, with the options that the run had, under a new id', async () => {
    await again(RUN);
    const { path, options, plan_digest } = RUN;
    const [{ id }] = shipped;
    expect(shipped).toEqual([
      { id, path, digest: 'bytes', options, plan_digest }
    ]);
    expect(id).not.toBe(RUN.id);
    expect(asked).toEqual([options, options]);
    expect(executed).toEqual([[CommandIDs.openRun, { run: id }]]);
  });

  it('asks for all that the run was asked for', async () => {
    const more = {
      until: 'prove',
      overrides: { 'policy-violated': 'agreed' },
      fresh: true,
      takes_over: '/home/bob/iris.ipynb'
    } as const;
    await again({ ...RUN, ...more });
    expect(shipped[0]).toMatchObject(more);
  });

  it('of another plan opens the review, with the options that the run had', async () => {
    plan = 'another';
    await again(RUN);
    expect(shipped).toEqual([]);
    const { path, options, fresh } = RUN;
    expect(executed).toEqual([
      [CommandIDs.openReview, { path, options, fresh }]
    ]);
  });

  it('of a notebook that JupyterLab does not show does nothing', async () => {
    await again({ ...RUN, path: null });
    expect([shipped, executed]).toEqual([[], []]);
  });
});
