import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { describe, expect, it, vi } from 'vitest';
import type { IServices } from '../../tokens';
import type { IFailure, IService } from '../../wire';
import { told } from '../failing';
import { Failures, byLine } from '../failures';

let number = 0;

function failure(
  cell: string | null,
  line: number | null,
  more: Partial<IFailure> = {}
): IFailure {
  number += 1;
  return {
    time: '2026-11-23T01:02:03Z',
    request_id: `r${number}`,
    endpoint: 'POST /predict',
    status: 500,
    message: "KeyError: 'petal width'",
    cell,
    number: 5,
    line,
    revision: 4,
    ...more
  };
}

/** Services as the window knows them, one of which was made from iris.ipynb. */
class World {
  revision = 4;
  errors = 0;
  private _changed = new Signal<IServices, void>(this as unknown as IServices);

  get services(): IServices {
    return this as unknown as IServices;
  }

  get changed(): Signal<IServices, void> {
    return this._changed;
  }

  ofNotebook(path: string): IService | null {
    const { revision, errors } = this;
    return path === 'iris.ipynb'
      ? ({ service: 'iris', revision, metrics: { errors } } as IService)
      : null;
  }

  say(news: { revision?: number; errors?: number }): void {
    Object.assign(this, news);
    this._changed.emit();
  }
}

function watched(answers: IFailure[]) {
  const world = new World();
  const ask = vi.fn(() => Promise.resolve([...answers]));
  const failures = new Failures(world.services, ask);
  failures.watch('iris.ipynb');
  return { world, ask, failures };
}

const settled = () => new Promise(done => setTimeout(done));
const lines = (failures: Failures) =>
  failures.of('iris.ipynb').map(({ cell, line, count }) => [cell, line, count]);

describe('failures of a service', () => {
  it('are not asked for before a revision is live', async () => {
    const { world, ask } = watched([]);
    await settled();
    world.say({ revision: 0, errors: 1 });
    await settled();
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('are asked for when a notebook opens, and again when errors grow', async () => {
    const { world, ask } = watched([]);
    await settled();
    expect(ask).toHaveBeenCalledTimes(1);
    world.say({});
    await settled();
    expect(ask).toHaveBeenCalledTimes(1);
    world.say({ errors: 3 });
    await settled();
    expect(ask).toHaveBeenCalledTimes(2);
    expect(ask).toHaveBeenLastCalledWith('iris');
  });

  it('are gathered by line, newest first', async () => {
    const { failures } = watched([
      failure('a', 3),
      failure('b', null),
      failure('a', 3),
      failure(null, 2)
    ]);
    await settled();
    expect(lines(failures)).toEqual([
      ['a', 3, 2],
      ['b', 1, 1]
    ]);
  });

  it('of an older revision are no longer of interest', async () => {
    const { world, failures } = watched([
      failure('a', 3),
      failure('a', 4, { revision: 3 })
    ]);
    await settled();
    expect(lines(failures)).toEqual([['a', 3, 1]]);
    const changed = vi.fn();
    failures.changed.connect(changed);
    world.say({ revision: 5 });
    expect([changed.mock.calls.length, lines(failures)]).toEqual([1, []]);
  });

  it('are dismissed as they stand; a later one marks the line again', async () => {
    const answers = [failure('a', 3), failure('b', 1)];
    const { world, failures } = watched(answers);
    await settled();
    failures.dismiss('iris.ipynb', 'a', 3);
    expect(lines(failures)).toEqual([['b', 1, 1]]);
    answers.unshift(failure('a', 3));
    world.say({ errors: 1 });
    await settled();
    expect(lines(failures)).toEqual([
      ['a', 3, 1],
      ['b', 1, 1]
    ]);
  });

  it('are asked for again after the server was away', async () => {
    const { world, ask, failures } = watched([failure('a', 3)]);
    ask.mockImplementationOnce(() => Promise.reject(new Error('away')));
    await settled();
    world.say({ errors: 9 });
    await settled();
    world.say({});
    await settled();
    expect(lines(failures)).toEqual([['a', 3, 1]]);
  });

  it('of notebooks that nobody looks at are not asked for', async () => {
    const { world, ask, failures } = watched([]);
    await settled();
    failures.watch('iris.ipynb');
    failures.unwatch('iris.ipynb');
    failures.unwatch('iris.ipynb');
    world.say({ errors: 1 });
    await settled();
    expect(ask).toHaveBeenCalledTimes(1);
  });
});

describe('what is said of a failed line', () => {
  const trans = nullTranslator.load('jupyter_modelship');
  const said = (...failures: IFailure[]) => told(byLine(failures)[0], trans);

  it('names request, revision and time', () => {
    const when = new Date('2026-11-23T01:02:03Z').toLocaleTimeString();
    expect(said(failure('a', 1))).toBe(`POST /predict, revision 4, at ${when}`);
    expect(said(failure('a', 1), failure('a', 1))).toBe(
      `POST /predict, revision 4, 2 times, last at ${when}`
    );
  });

  it('shows a time that is none as it is', () => {
    expect(said(failure('a', 1, { time: 'soon' }))).toMatch(/at soon$/);
  });
});
