import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { IRunEvent } from '../../wire';
import { advance, type IProgress, NOT_STARTED } from '../progress';

const RECORDED = join(__dirname, '../../../../tests/unit/runs/fixtures');

/** The progress after each event of a recorded run. */
function replayed(name: string): IProgress[] {
  const lines = readFileSync(join(RECORDED, `${name}.jsonl`), 'utf-8').trim();
  const seen: IProgress[] = [];
  lines.split('\n').reduce((before, line) => {
    const after = advance(before, JSON.parse(line) as IRunEvent);
    seen.push(after);
    return after;
  }, NOT_STARTED);
  return seen;
}

describe('progress', () => {
  it('ends at 100 % of a run that deploys', () => {
    expect(replayed('deploys').at(-1)).toEqual({
      stage: 'confirm',
      percent: 100
    });
  });

  it('goes on within a stage that says how far it is', () => {
    const build = replayed('deploys-an-image').filter(
      one => one.stage === 'build'
    );
    expect(build.map(one => one.percent)).toEqual([54, 54, 54, 59, 64]);
  });

  it('stays in the stage that failed', () => {
    expect(replayed('fails-in-a-cell').at(-1)?.stage).toBe('rehearse');
  });

  it('never falls, also where a run was interrupted and begins again', () => {
    const shares = replayed('is-interrupted-once').map(one => one.percent);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBeGreaterThan(0);
  });
});
