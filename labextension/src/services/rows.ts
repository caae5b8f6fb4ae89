import type { TranslationBundle } from '@jupyterlab/translation';

import { clock, duration, shortPlace } from '../core/format';
import { stageName } from '../run/words';
import type { IRun, IService, ISilence } from '../wire';
import { rate } from './figures';
import type { IProgress } from './progress';

/** The shape that stands for a state; the word beside it says the same. */
export type Mark = 'running' | 'busy' | 'stopped' | 'attention' | 'silent';

/** What a row says of its service. */
export interface IRow {
  mark: Mark;
  word: string;
  /** The target: it gives way where there is little room. */
  place: string;
  /** "revision 4"; "" before the first. */
  revision: string;
  /** The second line, after the word. */
  detail: string;
  /** Behind the detail: rate and latency; "" while there are none. */
  figures: string;
  rates: readonly number[];
  /** 0 to 100 while a run is under way. */
  percent: number | null;
  /** The run that the second line opens. */
  run: string | null;
}

const ACTIVE = new Set(['queued', 'running', 'interrupted']);

export type ActiveRun = IRun & { state: 'queued' | 'running' | 'interrupted' };

/** Whether a run can still change the service. */
export function active(run: IRun | null): run is ActiveRun {
  return run !== null && ACTIVE.has(run.state);
}

/** Its first run makes it, or has failed to: there is nothing yet that could be stopped or called. */
export function coming(service: IService): boolean {
  return service.revision === 0;
}

/** The newest run, unless it only rehearses. */
function deploying(service: IService): IRun | null {
  return service.run?.until === null ? service.run : null;
}

/** The row of a service, `progress` being that of its newest run where that is under way. */
export function rowOf(
  service: IService,
  progress: IProgress | null,
  trans: TranslationBundle
): IRow {
  const quiet = {
    revision: revisionOf(service, trans),
    figures: '',
    rates: [],
    percent: null,
    run: null
  };
  const place = service.target;
  const run = deploying(service);
  if (active(run)) {
    const busy = underWay(service, progress, trans);
    return { ...quiet, place, mark: 'busy', run: run.id, ...busy };
  }
  if (service.silent !== null) {
    const { word, detail } = silence(service.silent, trans);
    return { ...quiet, place, mark: 'silent', word, detail };
  }
  const down = service.state === 'failed' || service.state === 'gone';
  if (down && !coming(service)) {
    const word = stateWord(service.state, trans);
    const detail = oneLine(service.reason);
    return { ...quiet, place, mark: 'attention', word, detail };
  }
  if (run?.state === 'failed') {
    const failed = failedRun(service, trans);
    return { ...quiet, place, mark: 'attention', run: run.id, ...failed };
  }
  return { ...quiet, place, ...atRest(service, trans) };
}

/** The word for a state. */
export function stateWord(
  state: IService['state'],
  trans: TranslationBundle
): string {
  switch (state) {
    case 'running':
      return trans.__('Running');
    case 'starting':
      return trans.__('Starting');
    case 'stopped':
      return trans.__('Stopped');
    case 'failed':
      return trans.__('Failed');
    case 'gone':
      return trans.__('Gone');
  }
}

/** "Not answering since 14:03", and why: how the service stands is not known. */
export function silence(
  silent: ISilence,
  trans: TranslationBundle
): Pick<IRow, 'word' | 'detail'> {
  return {
    word: trans.__('Not answering since %1', clock(silent.since)),
    detail: oneLine(silent.reason)
  };
}

/** The shape for a state. */
export function stateMark(state: IService['state']): Mark {
  if (state === 'failed' || state === 'gone') {
    return 'attention';
  }
  return state === 'starting' ? 'busy' : state;
}

function revisionOf(service: IService, trans: TranslationBundle): string {
  return service.revision > 0 ? trans.__('revision %1', service.revision) : '';
}

/** "2 of 3 replicas ready"; "3 replicas" where all are; "" where there is but one process. */
export function replicasOf(
  service: IService,
  trans: TranslationBundle
): string {
  if (service.replicas === null) {
    return '';
  }
  const { ready, wanted } = service.replicas;
  return ready === wanted
    ? trans._n('%1 replica', '%1 replicas', wanted)
    : trans._n(
        '%2 of %1 replica ready',
        '%2 of %1 replicas ready',
        wanted,
        ready
      );
}

/** "2 restarts", over all replicas; "" where its processes never ended by themselves. */
export function restartsOf(
  service: IService,
  trans: TranslationBundle
): string {
  const count = service.restarts;
  return count > 0 ? trans._n('%1 restart', '%1 restarts', count) : '';
}

function underWay(
  service: IService,
  progress: IProgress | null,
  trans: TranslationBundle
): Pick<IRow, 'word' | 'detail' | 'percent'> {
  const share = progress?.percent ?? 0;
  const stage = progress?.stage
    ? stageName(progress.stage, trans)
    : trans.__('Queued');
  if (service.run?.state === 'interrupted') {
    const detail = trans.__('the next deploy goes on with it');
    return { word: trans.__('Interrupted'), detail, percent: share };
  }
  const detail = trans.__('%1, %2 %', stage, share);
  return { word: trans.__('Deploying'), detail, percent: share };
}

function failedRun(
  service: IService,
  trans: TranslationBundle
): Pick<IRow, 'word' | 'detail'> {
  const word = trans.__('Revision %1 failed', nextRevision(service));
  return {
    word,
    detail: oneLine(shortPlace(service.run?.error?.message ?? ''))
  };
}

function atRest(
  service: IService,
  trans: TranslationBundle
): Pick<IRow, 'mark' | 'word' | 'detail' | 'figures' | 'rates'> {
  const mark = stateMark(service.state);
  const word = stateWord(service.state, trans);
  if (service.state !== 'running') {
    return {
      mark,
      word,
      detail: oneLine(service.reason),
      figures: '',
      rates: []
    };
  }
  const [first, ...more] = service.endpoints;
  const route = first ? `${first.method} ${first.path}` : '';
  const detail = more.length
    ? trans.__('%1 and %2 more', route, more.length)
    : route;
  return {
    mark,
    word,
    detail,
    figures: figuresOf(service),
    rates: service.metrics?.rates ?? []
  };
}

function figuresOf(service: IService): string {
  const metrics = service.metrics;
  if (metrics === null || !metrics.rates.some(one => one > 0)) {
    return '';
  }
  const slowest = metrics.p99 === null ? '' : ` · p99 ${duration(metrics.p99)}`;
  return `${rate(metrics.rate)}${slowest}`;
}

/** The number that the run under way, or the one that failed, would have given its revision. */
function nextRevision(service: IService): number {
  return (
    Math.max(0, service.revision, ...service.revisions.map(one => one.number)) +
    1
  );
}

function oneLine(text: string): string {
  return text.split('\n', 1)[0];
}
