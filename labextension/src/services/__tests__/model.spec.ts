import { beforeEach, describe, expect, it } from 'vitest';

import { matching, PanelModel } from '../model';
import { Harbour, run, service } from './fixtures';

let harbour: Harbour;
let model: PanelModel;
let changes: number;

beforeEach(() => {
  harbour = new Harbour();
  model = new PanelModel(harbour.ship);
  changes = 0;
  model.changed.connect(() => {
    changes += 1;
  });
});

describe('the panel', () => {
  it('knows nothing before the server has told', () => {
    expect([model.loaded, model.total, model.front]).toEqual([false, 0, null]);
  });

  it('keeps what it knows while the server is away', () => {
    harbour.services(service());
    harbour.turn('away');
    expect([model.away, model.services.length]).toEqual([true, 1]);
  });

  it('follows a run only while it is under way', () => {
    const id = run().id;
    harbour.services(service({ run: run() }));
    expect([...harbour.listeners.keys()]).toEqual([`run:${id}`]);
    harbour.services(service({ run: run({ state: 'succeeded' }) }));
    expect(harbour.left).toEqual([`run:${id}`]);
  });

  it('tells the stage that a run has come to', () => {
    const busy = service({ run: run() });
    harbour.services(busy);
    harbour.tell(`run:${run().id}`, {
      kind: 'stage',
      stage: 'prove',
      payload: { state: 'started' }
    });
    expect(model.progress(busy)).toEqual({ stage: 'prove', percent: 64 });
  });

  it('does not draw again for a line of log', () => {
    harbour.services(service({ run: run() }));
    const before = changes;
    harbour.tell(`run:${run().id}`, {
      kind: 'log',
      stage: 'prove',
      payload: { lines: ['…'] }
    });
    expect(changes).toBe(before);
  });

  it('has the notebook in front and its service', () => {
    harbour.services(service());
    harbour.bring('demos/iris.ipynb');
    expect(model.front?.path).toBe('demos/iris.ipynb');
    expect(model.frontService?.service).toBe('iris');
    harbour.bring(null);
    expect(model.front).toBeNull();
  });

  it('shows only what needs attention, and all again when nothing does', () => {
    harbour.services(service(), service({ service: 'fraud', state: 'failed' }));
    model.onlyAttention = true;
    expect(model.services.map(one => one.service)).toEqual(['fraud']);
    harbour.services(service(), service({ service: 'fraud' }));
    expect(model.onlyAttention).toBe(false);
    expect(model.services.length).toBe(2);
  });

  it('lets go of everything when it is closed', () => {
    harbour.services(service({ run: run() }));
    model.dispose();
    expect(harbour.listeners.size).toBe(0);
  });
});

describe('the filter', () => {
  const all = [
    service(),
    service({ service: 'churn', path: 'team/churn.ipynb', state: 'stopped' })
  ];
  const names = (query: string): string[] =>
    matching(all, query, false).map(one => one.service);

  it('takes every word, wherever it stands, in capitals or not', () => {
    expect(names('TEAM stopped')).toEqual(['churn']);
    expect(names('local')).toEqual(['iris', 'churn']);
    expect(names('team running')).toEqual([]);
  });

  it('is off while it says nothing', () => {
    expect(names('  ')).toEqual(['iris', 'churn']);
  });
});
