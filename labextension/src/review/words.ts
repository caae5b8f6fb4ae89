import type { TranslationBundle } from '@jupyterlab/translation';

import { short, size } from '../core/format';
import { plain } from '../core/plain';
import type { IFinding, IReview } from '../wire';
import { blocking, type IReviewState, type Obstacle, takesOver } from './state';

/** "6 of 9 cells ship", "1 endpoint", "14 packages, 92 MB", "1 artifact", "plan 3f9a1c". */
export function headline(review: IReview, trans: TranslationBundle): string[] {
  const {
    cells_shipped: shipped,
    cells_total: total,
    endpoints,
    computed
  } = review;
  const parts = [
    trans.__('%1 of %2 cells ship', shipped, total),
    trans._n('%1 endpoint', '%1 endpoints', endpoints.length)
  ];
  if (review.complete) {
    parts.push(packages(review, trans));
  }
  if (computed.length > 0) {
    parts.push(trans._n('%1 artifact', '%1 artifacts', computed.length));
  }
  if (review.plan_digest !== '') {
    parts.push(trans.__('plan %1', short(review.plan_digest)));
  }
  return parts;
}

function packages(review: IReview, trans: TranslationBundle): string {
  const told = [trans._n('%1 package', '%1 packages', review.packages.length)];
  if (review.sources.length > 0) {
    told.push(trans.__('(%1 built from source)', review.sources.length));
  }
  const { packages: bytes } = review.size;
  const all = told.join(' ');
  return bytes === null ? all : `${all}, ${size(bytes)}`;
}

/** Number of the revision that shipping makes. Numbers are never used twice. */
export function nextRevision(
  review: IReview,
  known: readonly { number: number }[]
): number {
  const numbers = known.map(one => one.number);
  return Math.max(review.live?.revision ?? 0, ...numbers, 0) + 1;
}

/** Where a finding is, as the user counts: "Cell 4, line 2". */
export function where(finding: IFinding, trans: TranslationBundle): string {
  if (finding.number === null) {
    return '';
  }
  return finding.line === null
    ? trans.__('Cell %1', finding.number)
    : trans.__('Cell %1, line %2', finding.number, finding.line);
}

/** Why Ship cannot be pressed, and what to do; "" where nothing stands in the way. */
export function standing(
  state: IReviewState,
  now: Obstacle,
  trans: TranslationBundle
): string {
  const count = blocking(state).length;
  switch (now) {
    case 'reading':
      return trans.__('Reading the notebook…');
    case 'locking':
      return trans.__('Pinning the packages…');
    case 'untagged':
      return trans.__('Choose the function to serve first.');
    case 'blocked':
      return trans._n(
        'A finding blocks. Mend it, then review again.',
        '%1 findings block. Mend them, then review again.',
        count
      );
    case 'changed':
      return trans.__('The notebook has changed since this review.');
    case 'away':
      return trans.__('The Jupyter server does not answer. Trying again…');
    case 'rehearsing':
      return trans.__('The rehearsal is at work.');
    case 'shipping':
      return trans.__('Sending…');
    case 'shipped':
      return trans.__('Shipped. The run goes on by itself.');
    case 'unchanged':
      return trans.__(
        'Revision %1 runs this plan already.',
        state.review?.live?.revision ?? 0
      );
    case 'none':
      return prospect(state, trans);
    default:
      return '';
  }
}

/** What is particular about shipping now. */
function prospect(state: IReviewState, trans: TranslationBundle): string {
  if (takesOver(state)) {
    const owner = plain(state.takesOver, 200);
    return trans.__('The service is taken over from %1.', owner);
  }
  return state.fresh
    ? trans.__('Everything is rehearsed again, whatever is cached.')
    : '';
}
