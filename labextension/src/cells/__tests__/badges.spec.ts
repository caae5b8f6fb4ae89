import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';
import type { ICell, ILive, ILook, VerdictKind } from '../../wire';
import { NONE, badges, difference, isSpoken } from '../badges';

const trans = nullTranslator.load('jupyter_modelship');
const LIVE: ILive = {
  service: 'iris',
  target: 'local',
  state: 'running',
  revision: 4,
  plan_digest: '',
  drifted: true
};

function cell(
  id: string,
  verdict: VerdictKind | null,
  chain: string[] = [],
  more: Partial<ICell> = {}
): ICell {
  return {
    id,
    number: 1,
    kind: 'code',
    first: '',
    verdict,
    chain,
    tags: [],
    drifted: false,
    ...more
  };
}

function look(cells: ICell[], more: Partial<ILook> = {}): ILook {
  return {
    path: 'iris.ipynb',
    digest: '',
    service: 'iris',
    target: 'local',
    cells: cells.map((each, index) => ({ ...each, number: index + 1 })),
    endpoints: [
      {
        function: 'predict',
        method: 'POST',
        path: '/predict',
        cell: 'e',
        line: 1,
        doc: ''
      }
    ],
    candidates: [],
    findings: [],
    cells_shipped: 0,
    cells_total: cells.length,
    computed: [],
    live: null,
    overridable: [],
    owner: '',
    ...more
  };
}

const ids = (of: ILook) => of.cells.map(each => each.id);

const said = (
  verdict: VerdictKind,
  chain: string[],
  more: Partial<ICell> = {}
) => {
  const seen = look([cell('e', verdict, chain, more)]);
  return badges(seen, ['e'], trans).get('e')?.reason;
};

describe('badges', () => {
  it('are quiet until there is an endpoint or a live revision', () => {
    const cells = [cell('a', 'stays')];
    const untouched = look(cells, { endpoints: [] });
    expect(isSpoken(null)).toBe(false);
    expect(isSpoken(untouched)).toBe(false);
    expect(badges(untouched, ['a'], trans)).toBe(NONE);
    expect(isSpoken(look(cells))).toBe(true);
    expect(isSpoken(look(cells, { endpoints: [], live: LIVE }))).toBe(true);
  });

  it('stand at cells that hold code', () => {
    const seen = look([cell('m', null), cell('a', 'stays')]);
    expect([...badges(seen, ids(seen), trans).keys()]).toEqual(['a']);
  });

  it('say what the cell is for, and why', () => {
    expect(said('endpoint', ['predict'])).toBe('Served as POST /predict.');
    expect(said('source', ['predict', 'NAMES'])).toBe('predict needs NAMES.');
    expect(said('rehearsal', ['predict', 'model', 'X'])).toBe(
      'predict needs model, which needs X.'
    );
    expect(said('rehearsal', ['predict', 'a', 'b', 'c', 'd', 'e'])).toBe(
      'predict needs a, which needs b, which needs c, which needs d….'
    );
    expect(said('rehearsal', ['predict', 'example'])).toBe(
      'It calls predict as an example.'
    );
    expect(said('rehearsal', ['predict', 'example', 'rows'])).toBe(
      'The example of predict needs rows.'
    );
    expect(said('source', ['setup'])).toBe(
      'Tagged setup: it runs once when the service starts.'
    );
    expect(said('source', ['setup', 'PATH'])).toBe('A setup cell needs PATH.');
    expect(said('rehearsal', ['train'])).toBe(
      'Tagged train: it runs in the rehearsal.'
    );
    expect(said('stays', [])).toBe('Nothing that is served needs it.');
    expect(said('stays', [], { tags: ['skip'] })).toBe(
      'Tagged skip: it never ships and never runs.'
    );
  });

  it('say which cells differ from the live revision', () => {
    const seen = look(
      [
        cell('a', 'source', ['predict', 'x'], { drifted: true }),
        cell('b', 'stays')
      ],
      { live: LIVE }
    );
    const found = badges(seen, ids(seen), trans);
    expect(found.get('a')?.drift).toBe(
      'Differs from revision 4, which is live.'
    );
    expect(found.get('b')?.drift).toBe('');
  });

  it('go by place in notebooks that are older than cell ids', () => {
    const seen = look([
      cell('hash-1', 'stays'),
      cell('hash-2', 'endpoint', ['predict'])
    ]);
    const found = badges(seen, ['x', 'y'], trans);
    expect([...found].map(([id, badge]) => [id, badge.verdict])).toEqual([
      ['x', 'stays'],
      ['y', 'endpoint']
    ]);
  });

  it('belong to no cell that is gone', () => {
    const seen = look([cell('a', 'stays'), cell('gone', 'stays')]);
    expect([...badges(seen, ['a', 'new'], trans).keys()]).toEqual(['a']);
  });
});

describe('the difference of badges', () => {
  const of = (...cells: ICell[]) => {
    const seen = look(cells, { live: LIVE });
    return badges(seen, ids(seen), trans);
  };

  it('is what came, went or says something else, and nothing more', () => {
    const before = of(
      cell('a', 'stays'),
      cell('b', 'stays'),
      cell('c', 'stays'),
      cell('d', 'stays')
    );
    const after = of(
      cell('a', 'stays'),
      cell('b', 'source', ['predict', 'x']),
      cell('c', 'stays', [], { drifted: true }),
      cell('new', 'stays')
    );
    expect([...difference(before, after)].sort()).toEqual([
      'b',
      'c',
      'd',
      'new'
    ]);
    expect(difference(after, after).size).toBe(0);
    expect([...difference(NONE, before)]).toHaveLength(4);
  });
});
