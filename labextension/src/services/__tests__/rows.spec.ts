import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import { needsAttention } from '../../core/services';
import { NOT_STARTED } from '../progress';
import { replicasOf, restartsOf, rowOf } from '../rows';
import { run, service } from './fixtures';

const trans = nullTranslator.load('');

describe('a row', () => {
  it('of a service that runs says its endpoint and what callers notice', () => {
    const metrics = {
      rate: 12.4,
      errors: 0,
      p50: 0.003,
      p99: 0.008,
      rates: [0, 12]
    };
    expect(rowOf(service({ metrics }), null, trans)).toEqual({
      mark: 'running',
      word: 'Running',
      place: 'local',
      revision: 'revision 4',
      detail: 'POST /predict',
      figures: '12/s · p99 8 ms',
      rates: [0, 12],
      percent: null,
      run: null
    });
  });

  it('is of a service whose replicas are said where there may be many', () => {
    const said = [null, { ready: 1, wanted: 1 }, { ready: 2, wanted: 3 }].map(
      replicas => replicasOf(service({ replicas }), trans)
    );
    expect(said).toEqual(['', '1 replica', '2 of 3 replicas ready']);
  });

  it('is of a service whose restarts are said where there are any', () => {
    const said = [0, 1, 3].map(restarts =>
      restartsOf(service({ restarts }), trans)
    );
    expect(said).toEqual(['', '1 restart', '3 restarts']);
  });

  it('of a cluster that is out of reach stays, and says since when', () => {
    const silent = {
      since: new Date(2026, 10, 28, 14, 3).getTime() / 1000,
      reason: 'the cluster does not answer\nand a second line',
      remedy: 'is its network up?'
    };
    const metrics = { rate: 9, errors: 0, p50: 1, p99: 1, rates: [9] };
    const away = service({ target: 'kubernetes', silent, metrics });
    const row = rowOf(away, null, trans);
    expect(row).toEqual({
      mark: 'silent',
      word: expect.stringMatching(/^Not answering since .*03/),
      place: 'kubernetes',
      revision: 'revision 4',
      detail: 'the cluster does not answer',
      figures: '',
      rates: [],
      percent: null,
      run: null
    });
    const failed = run({ state: 'failed' });
    expect(rowOf({ ...away, run: failed }, null, trans)).toEqual(row);
    expect(needsAttention(away)).toBe(false);
  });

  it('shows no figures before the first request', () => {
    const metrics = { rate: 0, errors: 0, p50: null, p99: null, rates: [0, 0] };
    expect(rowOf(service({ metrics }), null, trans).figures).toBe('');
  });

  it('says stage and percent while a run is under way, and opens the run', () => {
    const row = rowOf(
      service({ run: run() }),
      { stage: 'prove', percent: 54 },
      trans
    );
    expect(row).toMatchObject({
      mark: 'busy',
      word: 'Deploying',
      detail: 'Prove, 54 %',
      percent: 54,
      run: run().id
    });
  });

  it('says of a first deploy where it is going', () => {
    const first = service({
      revision: 0,
      revisions: [],
      run: run({ state: 'queued' })
    });
    expect(rowOf(first, NOT_STARTED, trans)).toMatchObject({
      place: 'local',
      revision: '',
      word: 'Deploying',
      detail: 'Queued, 0 %'
    });
  });

  it('says in one line why the newest run failed', () => {
    const message =
      "cell 5 (`fit()`), line 3: KeyError: 'petal width'\nand a second line";
    const error = {
      code: 'stage-failed',
      message,
      remedy: '',
      detail: '',
      cell: 'c5',
      line: 3,
      findings: []
    };
    const failed = service({ run: run({ state: 'failed', error }) });
    expect(rowOf(failed, null, trans)).toMatchObject({
      mark: 'attention',
      word: 'Revision 5 failed',
      detail: "cell 5, line 3: KeyError: 'petal width'",
      run: run().id
    });
  });

  it('says why a service is down before it says that a run failed', () => {
    const down = service({
      state: 'failed',
      reason: 'it ended 5 times',
      run: run({ state: 'failed' })
    });
    expect(rowOf(down, null, trans)).toMatchObject({
      mark: 'attention',
      word: 'Failed',
      detail: 'it ended 5 times',
      run: null
    });
  });

  it('opens the run that failed to make a service', () => {
    const over = {
      revision: 0,
      revisions: [],
      reason: 'cell 5: no',
      state: 'failed' as const
    };
    const row = rowOf(
      service({ ...over, run: run({ state: 'failed' }) }),
      null,
      trans
    );
    expect(row).toMatchObject({
      word: 'Revision 1 failed',
      place: 'local',
      run: run().id
    });
  });

  it('does not take a rehearsal for a deploy', () => {
    const row = rowOf(
      service({ run: run({ until: 'prove' }) }),
      NOT_STARTED,
      trans
    );
    expect(row).toMatchObject({ mark: 'running', word: 'Running', run: null });
  });
});
