import type { IRunEvent } from '../wire';

/** Where a run stands: its stage, and how much of the line lies behind it. */
export interface IProgress {
  stage: string;
  /** 0 to 100; never falls. */
  percent: number;
}

/**
 * The stages of the line in order, with the share of the time that each usually takes.
 * Skipped ones count as done, so a target that needs no image moves on faster.
 */
const SHARES: readonly [string, number][] = [
  ['extract', 2],
  ['plan', 2],
  ['lock', 8],
  ['rehearse', 40],
  ['render', 2],
  ['build', 10],
  ['prove', 22],
  ['push', 6],
  ['release', 2],
  ['deploy', 4],
  ['confirm', 2]
];

export const NOT_STARTED: IProgress = { stage: '', percent: 0 };

/** The progress after one more event. */
export function advance(progress: IProgress, event: IRunEvent): IProgress {
  if (event.kind !== 'stage' && event.kind !== 'progress') {
    return progress;
  }
  const at = SHARES.findIndex(([name]) => name === event.stage);
  if (at < 0) {
    return progress;
  }
  const over =
    event.payload.state === 'done' || event.payload.state === 'skipped';
  const { percent } = event.payload;
  const part = typeof percent === 'number' ? percent / 100 : 0;
  const behind = SHARES.slice(0, over ? at + 1 : at).reduce(
    (sum, [, share]) => sum + share,
    over ? 0 : SHARES[at][1] * Math.min(Math.max(part, 0), 1)
  );
  return {
    stage: event.payload.state === 'skipped' ? progress.stage : event.stage,
    percent: Math.max(progress.percent, behind)
  };
}
