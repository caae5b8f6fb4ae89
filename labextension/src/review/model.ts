import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { isId, newId } from '../core/format';
import { Problem } from '../core/problem';
import type { IApi, IChannels } from '../tokens';
import type * as W from '../wire';
import type { INotebookDoor } from './door';
import { Rehearsal } from './rehearsal';
import {
  initial,
  type IReviewState,
  type Obstacle,
  obstacle,
  overridable,
  reason,
  takeable,
  takesOver
} from './state';

/** The review of one notebook: asks, keeps the newest answer, and ships exactly what was reviewed. */
export class ReviewModel implements IDisposable {
  constructor(private readonly _with: ReviewModel.IOptions) {
    const { path, options, fresh, takeOver } = _with;
    this._takeOver = takeOver === true;
    this._state = { ...initial(path, options ?? {}), fresh: fresh === true };
    this._id = _with.run ?? newId();
    this._rehearsal = new Rehearsal(_with.api, _with.channels, rehearsal => {
      this._set({ rehearsal });
    });
    this._rehearsal.proved.connect(() => void this.review(), this);
    _with.door.changedSignal.connect(this._onNotebook, this);
    _with.channels.stateChanged.connect(this._onServer, this);
  }

  get state(): IReviewState {
    return this._state;
  }

  /** What stands between this review and its Ship button. */
  get obstacle(): Obstacle {
    return obstacle(this._state);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    if (this._disposed) {
      return;
    }
    this._disposed = true;
    clearTimeout(this._timer);
    this._rehearsal.dispose();
    this._with.door.dispose();
    Signal.clearData(this);
  }

  /** Somebody asks for this review anew, with the options and the run's id that they bring. */
  ask({ options, run, fresh, takeOver }: ReviewModel.IAsked): void {
    this._takeOver = takeOver === true;
    this._set({
      options: { ...this._state.options, ...options },
      fresh: fresh === true
    });
    if (isId(run)) {
      this._id = run;
      this._sent = '';
    }
  }

  /** Save and ask again: at once what the text tells, then with the lock. Never rejects. */
  review(): Promise<void> {
    this._settled = this._review();
    return this._settled;
  }

  /** When the newest question has its answer, or will get none. */
  async settled(): Promise<void> {
    await this._settled;
  }

  private async _review(): Promise<void> {
    const ticket = this._begin();
    try {
      await this._with.door.save();
      await this._ask(ticket);
    } catch (thrown) {
      this._fail(ticket, Problem.of(thrown));
    }
  }

  /** Other options: they show at once, and the review follows when no further change comes. */
  setOptions(options: W.Options): void {
    this._set({ options });
    this._begin();
    this._timer = window.setTimeout(
      () => void this.review(),
      this._with.patience ?? 400
    );
  }

  setOption(name: string, value: W.Json): void {
    this.setOptions({ ...this._state.options, [name]: value });
  }

  /** Move what was set here into the notebook's metadata. */
  async keepOptions(): Promise<void> {
    await this._edit(async () => {
      await this._with.door.keep(this._state.options);
      this._set({ options: {} });
    });
  }

  /** The answer to "Which function should be served?". */
  async choose(candidate: W.ICandidate): Promise<void> {
    await this._edit(() => this._with.door.choose(candidate));
  }

  /** Why to go on in spite of a finding that policy lets a person override. */
  override(code: string, why: string): void {
    this._set({ overrides: { ...this._state.overrides, [code]: why } });
  }

  /** Whether the service is to become this notebook's: agreed to of this very owner. */
  takeOver(agreed: boolean): void {
    const owner = this._state.review?.owner ?? '';
    this._set({ takesOver: agreed ? owner : '' });
  }

  /** Fill the holes: rehearse and prove this very plan; nothing goes live. */
  async rehearse(): Promise<void> {
    const { review } = this._state;
    if (review === null || !this.rehearsable) {
      return;
    }
    this._set({ problem: null });
    try {
      await this._rehearsal.start({
        ...this._request(review),
        id: newId(),
        until: 'prove'
      });
    } catch (thrown) {
      this._refuse(Problem.of(thrown));
    }
  }

  get rehearsable(): boolean {
    return this.obstacle === 'none' && this._state.review?.rehearsed === false;
  }

  cancelRehearsal(): Promise<void> {
    return this._rehearsal.cancel();
  }

  /** Ship what was reviewed. `again`: also where the same plan is live already. */
  async ship(again?: 'again'): Promise<void> {
    const { review } = this._state;
    const free =
      this.obstacle === 'none' ||
      (again === 'again' && this.obstacle === 'unchanged');
    if (review === null || !free) {
      return;
    }
    this._set({ shipping: true, problem: null });
    try {
      const fresh = again === 'again' || this._state.fresh;
      const run = await this._send(this._request(review), fresh);
      this._set({ shipping: false, shipped: run.id, fresh: false });
      this._id = newId();
      this._with.openRun(run.id);
    } catch (thrown) {
      this._set({ shipping: false });
      this._refuse(Problem.of(thrown));
    }
  }

  /** Send the request; where only the file changed and not the plan, once more with its new hash. */
  private async _send(request: Sent, fresh: boolean): Promise<W.IRun> {
    const { api } = this._with;
    const body = fresh ? { ...request, fresh } : request;
    try {
      return await api.ship(this._named(body));
    } catch (thrown) {
      const again = await this._sameplan(request, thrown);
      return await api.ship(this._named(fresh ? { ...again, fresh } : again));
    }
  }

  /** The request for the notebook as it is now, if its plan is the one that was reviewed. */
  private async _sameplan(request: Sent, thrown: unknown): Promise<Sent> {
    if (!(thrown instanceof Problem) || thrown.code !== 'notebook-changed') {
      throw thrown;
    }
    const { api, path } = this._with;
    const { digest } = await api.look(path, request.options);
    const now = await api.review(
      { path, digest, options: request.options },
      true
    );
    if (now.plan_digest !== request.plan_digest) {
      throw thrown;
    }
    return { ...request, digest };
  }

  /** The same request keeps its id, so that sending it twice makes one run. */
  private _named(request: Sent & { fresh?: boolean }): W.IShip {
    const body = JSON.stringify(request);
    if (this._sent !== '' && this._sent !== body) {
      this._id = newId();
    }
    this._sent = body;
    return { ...request, id: this._id };
  }

  private _request(review: W.IReview): Sent {
    const { options } = this._state;
    const request: Sent = {
      path: this._with.path,
      digest: review.digest,
      options,
      plan_digest: review.plan_digest
    };
    const overrides = this._overrides(review);
    const { takesOver: owner } = this._state;
    return {
      ...request,
      ...(Object.keys(overrides).length > 0 ? { overrides } : {}),
      ...(takesOver(this._state) ? { takes_over: owner } : {})
    };
  }

  private _overrides(review: W.IReview): { [code: string]: string } {
    const given = review.findings
      .filter(one => overridable(review, one))
      .map(one => [one.code, reason(this._state, one.code)]);
    return Object.fromEntries(given);
  }

  /** A new question: every answer to an older one is late from now on. */
  private _begin(): number {
    clearTimeout(this._timer);
    this._set({ busy: 'reading', problem: null, shipped: null });
    return ++this._ticket;
  }

  private async _ask(ticket: number): Promise<void> {
    const { api, path } = this._with;
    const { options } = this._state;
    const { digest } = await api.look(path, options);
    if (this._late(ticket)) {
      return;
    }
    const request = { path, digest, options };
    const text = await api.review(request, false);
    if (this._late(ticket)) {
      return;
    }
    const lock = !text.complete && !stopped(text);
    const settled = {
      review: text,
      away: false,
      changed: this._with.door.changed
    };
    this._set({ ...settled, busy: lock ? 'locking' : 'no' });
    if (this._takeOver) {
      this._takeOver = false;
      this.takeOver(true);
    }
    if (!lock) {
      return;
    }
    const review = await api.review(request, true);
    if (!this._late(ticket)) {
      this._set({ review, busy: 'no' });
      await this._rehearsal.find(review);
    }
  }

  private _late(ticket: number): boolean {
    return ticket !== this._ticket || this._disposed;
  }

  private async _edit(edit: () => Promise<void>): Promise<void> {
    try {
      await edit();
    } catch (thrown) {
      this._refuse(Problem.of(thrown));
      return;
    }
    await this.review();
  }

  private _fail(ticket: number, problem: Problem): void {
    if (this._late(ticket)) {
      return;
    }
    this._set({ busy: 'no' });
    this._refuse(problem);
  }

  private _refuse(problem: Problem): void {
    if (problem.away) {
      this._set({ away: true });
      clearTimeout(this._timer);
      this._timer = window.setTimeout(
        () => void this.review(),
        this._with.retry ?? 5000
      );
    } else if (problem.code === 'notebook-changed') {
      this._set({ changed: true });
    } else {
      this._set({ problem });
    }
  }

  private _onNotebook(): void {
    this._set({ changed: this._with.door.changed });
  }

  private _onServer(): void {
    if (this._with.channels.state === 'open' && this._state.away) {
      void this.review();
    }
  }

  private _set(part: Partial<IReviewState>): void {
    if (this._disposed) {
      return;
    }
    this._state = { ...this._state, ...part };
    this._changed.emit();
  }

  private _state: IReviewState;
  private _settled: Promise<void> = Promise.resolve();
  private _id: string;
  private _sent = '';
  /** Somebody said so before there was anything to see. */
  private _takeOver: boolean;
  private _ticket = 0;
  private _timer = 0;
  private _disposed = false;
  private readonly _rehearsal: Rehearsal;
  private readonly _changed = new Signal<this, void>(this);
}

type Sent = Omit<W.IShip, 'id' | 'fresh' | 'until'>;

/** Whether it is pointless to ask for the lock. */
function stopped(review: W.IReview): boolean {
  return review.findings.some(
    one =>
      one.severity === 'block' &&
      !overridable(review, one) &&
      !takeable(review, one)
  );
}

export namespace ReviewModel {
  export interface IAsked {
    options?: W.Options;
    /** A UUID made elsewhere for the run that this review may lead to. */
    run?: string;
    /** Shipping makes anew whatever is cached, or live already. */
    fresh?: boolean;
    /** It is agreed that the service is taken over, if it is another notebook's. */
    takeOver?: boolean;
  }

  export interface IOptions extends IAsked {
    /** Path of the notebook as the contents API knows it. */
    path: string;
    api: IApi;
    channels: IChannels;
    door: INotebookDoor;
    openRun(id: string): void;
    /** Milliseconds to wait for further changes of options. */
    patience?: number;
    /** Milliseconds between attempts to reach a server that is away. */
    retry?: number;
  }
}
