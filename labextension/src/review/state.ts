import type { IFinding, IProblem, IReview, IRunError, Options } from '../wire';

/** What stands between a review and its Ship button; `none` where nothing does. */
export type Obstacle =
  | 'none'
  /** No answer yet. */
  | 'reading'
  /** The notebook could not be reviewed; `problem` says why. */
  | 'problem'
  /** Nobody has said which function is served. */
  | 'untagged'
  /** Findings block. */
  | 'blocked'
  /** The lock, and with it the digest, is still to come. */
  | 'locking'
  /** The notebook has changed since it was reviewed. */
  | 'changed'
  | 'away'
  | 'rehearsing'
  | 'shipping'
  /** This review has been shipped. */
  | 'shipped'
  /** The very same plan is live. */
  | 'unchanged';

/** "Rehearse now": a run that ends with the proof. */
export interface IRehearsal {
  run: string;
  /** The stage that is at work; "" before the first. */
  stage: string;
  error: IRunError | null;
  active: boolean;
}

/** All that a review shows. Values are replaced, never changed. */
export interface IReviewState {
  path: string;
  /** Options that were set here; the others come from the notebook. */
  options: Options;
  /** Shipping makes anew whatever is cached, or live already. */
  fresh: boolean;
  /** The newest answer. It stays while a newer one is on its way. */
  review: IReview | null;
  busy: 'no' | 'reading' | 'locking';
  /** Why the newest question has no answer. */
  problem: IProblem | null;
  away: boolean;
  changed: boolean;
  rehearsal: IRehearsal | null;
  shipping: boolean;
  /** Id of the run that ships this review. */
  shipped: string | null;
  /** Finding code -> why somebody goes on in spite of it. */
  overrides: { [code: string]: string };
  /** The notebook that somebody agreed to take the service over from; "" for none. */
  takesOver: string;
}

export function initial(path: string, options: Options): IReviewState {
  return {
    path,
    options,
    fresh: false,
    review: null,
    busy: 'reading',
    problem: null,
    away: false,
    changed: false,
    rehearsal: null,
    shipping: false,
    shipped: null,
    overrides: {},
    takesOver: ''
  };
}

/** The first thing that forbids to ship, in the order in which a person can do something about it. */
export function obstacle(state: IReviewState): Obstacle {
  const { review } = state;
  if (state.away) {
    return 'away';
  }
  if (state.shipped !== null) {
    return state.changed ? 'changed' : 'shipped';
  }
  if (state.shipping) {
    return 'shipping';
  }
  if (review === null || state.busy === 'reading') {
    return state.problem === null ? 'reading' : 'problem';
  }
  if (untagged(review)) {
    return 'untagged';
  }
  if (state.changed) {
    return 'changed';
  }
  if (state.problem !== null) {
    return 'problem';
  }
  return ofPlan(state, review);
}

function ofPlan(state: IReviewState, review: IReview): Obstacle {
  if (blocking(state).length > 0) {
    return 'blocked';
  }
  if (state.rehearsal?.active) {
    return 'rehearsing';
  }
  if (
    state.busy === 'locking' ||
    !review.complete ||
    review.plan_digest === ''
  ) {
    return 'locking';
  }
  return review.unchanged && !state.fresh ? 'unchanged' : 'none';
}

/** Codes of findings that block and that no reason overrides. */
export function blocking(state: IReviewState): string[] {
  const { review } = state;
  if (review === null) {
    return [];
  }
  return review.findings
    .filter(one => one.severity === 'block')
    .filter(one => !(overridable(review, one) && reason(state, one.code)))
    .filter(one => !(takeable(review, one) && takesOver(state)))
    .map(one => one.code);
}

/** Whether policy lets a person ship in spite of it, for a reason. */
export function overridable(review: IReview, finding: IFinding): boolean {
  return (
    finding.severity === 'block' && review.overridable.includes(finding.code)
  );
}

/** Whether the service is another notebook's and can become this one's. */
export function takeable(review: IReview, finding: IFinding): boolean {
  return finding.code === 'name-taken' && review.owner !== '';
}

/** Whether somebody agreed to take the service over from whom it belongs to now. */
export function takesOver({ review, takesOver }: IReviewState): boolean {
  return takesOver !== '' && review?.owner === takesOver;
}

export function reason(state: IReviewState, code: string): string {
  return (state.overrides[code] ?? '').trim();
}

/** Whether the question is still which function should be served. */
export function untagged(review: IReview): boolean {
  return (
    review.endpoints.length === 0 &&
    review.findings.some(one => one.code === 'no-endpoint')
  );
}
