import type { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import type { INotebookTracker } from '@jupyterlab/notebook';
import { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { beforeEach, describe, expect, it } from 'vitest';

import { CommandIDs } from '../../commands';
import { newId } from '../../core/format';
import { announce } from '../../core/live';
import { Problem } from '../../core/problem';
import type { IApi } from '../../tokens';
import type { IReview, IShip } from '../../wire';
import type { IDeployParts } from '../deploy';
import { deploy } from '../deploy';
import { chosen } from '../which';

/** What JupyterLab's contents manager says, where drives of these names are registered. */
function withoutDrive(path: string): string {
  return path.replace(/^(RTC|bucket):/, '');
}

/** An open notebook that can be saved, or cannot. */
class Open {
  saves = 0;
  model = { dirty: true };
  ready = Promise.resolve();

  constructor(
    public path: string,
    private readonly _works: boolean = true
  ) {}

  get localPath(): string {
    return withoutDrive(this.path);
  }

  save(): Promise<void> {
    this.saves += 1;
    this.model.dirty = !this._works;
    return this._works ? Promise.resolve() : Promise.reject(new Error('full'));
  }
}

describe('deploy', () => {
  let commands: CommandRegistry;
  let executed: [string, ReadonlyPartialJSONObject][];
  let shipped: IShip[];
  let open: Open | null;
  let selected: { type: string; path: string }[];
  let problem: Problem | null;
  let parts: IDeployParts;

  beforeEach(() => {
    commands = new CommandRegistry();
    executed = [];
    shipped = [];
    selected = [];
    problem = null;
    open = new Open('iris.ipynb');
    for (const id of [CommandIDs.openReview]) {
      commands.addCommand(id, { execute: args => executed.push([id, args]) });
    }
    const notebooks = {
      get currentWidget() {
        return open && { context: open };
      },
      find: (test: (panel: object) => boolean) =>
        open && test({ context: open }) ? { context: open } : undefined
    };
    const browsers = {
      tracker: {
        currentWidget: {
          selectedItems: () => selected.values(),
          model: {
            manager: { services: { contents: { localPath: withoutDrive } } }
          }
        }
      }
    };
    const api = {
      look: () => Promise.resolve({ digest: 'bytes' }),
      review: () =>
        problem
          ? Promise.reject(problem)
          : Promise.resolve({ plan_digest: 'plan' } as IReview),
      ship: (request: IShip) => {
        shipped.push(request);
        return Promise.resolve({ id: request.id });
      }
    };
    parts = {
      commands,
      notebooks: notebooks as unknown as INotebookTracker,
      browsers: browsers as unknown as IFileBrowserFactory,
      api: api as unknown as IApi
    };
  });

  it('saves the notebook in front, then opens its review', async () => {
    await deploy(parts, {});
    expect(open?.saves).toBe(1);
    const args = { path: 'iris.ipynb', options: {} };
    expect(executed).toEqual([[CommandIDs.openReview, args]]);
  });

  it('knows a notebook that is edited together by the path that the server has', async () => {
    open = new Open('RTC:books/iris.ipynb');
    await deploy(parts, {});
    await deploy(parts, { path: 'books/iris.ipynb' });
    selected = [{ type: 'notebook', path: 'RTC:books/iris.ipynb' }];
    await deploy(parts, { place: 'files' });
    const args = { path: 'books/iris.ipynb', options: {} };
    const review = [CommandIDs.openReview, args];
    expect(executed).toEqual([review, review, review]);
    expect(open.saves).toBe(1);
  });

  it('takes a notebook of another drive for none of the server', () => {
    open = new Open('bucket:iris.ipynb');
    expect(chosen(parts, {})).toBe('bucket:iris.ipynb');
  });

  it('saves no notebook that has no edits', async () => {
    open!.model.dirty = false;
    await deploy(parts, {});
    expect(open?.saves).toBe(0);
    expect(executed).toHaveLength(1);
  });

  it('goes no further where saving failed', async () => {
    open = new Open('iris.ipynb', false);
    await deploy(parts, {});
    expect(executed).toEqual([]);
  });

  it('takes the one notebook that is selected in the files', () => {
    selected = [{ type: 'notebook', path: 'a/b.ipynb' }];
    expect(chosen(parts, { place: 'files' })).toBe('a/b.ipynb');
    selected.push({ type: 'notebook', path: 'c.ipynb' });
    expect(chosen(parts, { place: 'files' })).toBeNull();
    selected = [{ type: 'file', path: 'c.txt' }];
    expect(chosen(parts, { place: 'files' })).toBeNull();
    open = null;
    expect(chosen(parts, {})).toBeNull();
  });

  it.each([
    '',
    '.ipynb/',
    'a.py',
    'x'.repeat(5000) + '.ipynb',
    7,
    null,
    ['a.ipynb'],
    { path: 'a.ipynb' }
  ])('does nothing for the path %j', async path => {
    await deploy(parts, { path, yes: true } as ReadonlyPartialJSONObject);
    expect([executed, shipped, open?.saves]).toEqual([[], [], 0]);
  });

  it('ships at once for a run that a cell asked for, once', async () => {
    const run = newId();
    announce(run);
    await deploy(parts, { path: 'iris.ipynb', yes: true, run });
    expect(shipped).toEqual([
      {
        path: 'iris.ipynb',
        digest: 'bytes',
        options: {},
        id: run,
        plan_digest: 'plan'
      }
    ]);
    expect(executed).toEqual([]);
    await deploy(parts, { path: 'iris.ipynb', yes: true, run });
    expect(shipped).toHaveLength(1);
    expect(executed[0][0]).toBe(CommandIDs.openReview);
  });

  it('hands on that everything is to be made anew', async () => {
    const run = newId();
    announce(run);
    const args = { path: 'iris.ipynb', yes: true, run, fresh: true };
    await deploy(parts, args);
    expect(shipped[0].fresh).toBe(true);
    await deploy(parts, args);
    expect(executed[0][1].fresh).toBe(true);
  });

  it('never ships on the word of its arguments alone', async () => {
    const args = { path: 'iris.ipynb', yes: true, run: newId() };
    await deploy(parts, args);
    await deploy(parts, { ...args, run: 'no id' });
    await deploy(parts, { ...args, options: ['hostile'] });
    expect(shipped).toEqual([]);
    expect(executed.map(([id]) => id)).toEqual(
      Array.from({ length: 3 }, () => CommandIDs.openReview)
    );
    expect(executed[2][1].options).toEqual({});
  });

  it('opens the review where something stands against shipping', async () => {
    const run = newId();
    announce(run);
    problem = new Problem(409, { code: 'blocked', message: 'a secret' });
    await deploy(parts, { path: 'iris.ipynb', yes: true, run });
    expect(executed).toEqual([
      [CommandIDs.openReview, { path: 'iris.ipynb', options: {}, run }]
    ]);
  });
});
