import { Problem } from '../core/problem';

/** Something that comes from the server; the old value stays while a new one is on its way. */
export class Loaded<T> {
  constructor(
    private readonly _load: () => Promise<T>,
    private readonly _changed: () => void
  ) {}

  value: T | null = null;
  problem: Problem | null = null;
  loading = false;

  /** Load unless that was done for the same `key`; the key names what the value depends on. */
  want(key: string): void {
    if (this._key !== key) {
      this._key = key;
      void this.reload();
    }
  }

  /** Load again; of several loads the newest counts. */
  async reload(): Promise<void> {
    const turn = ++this._turn;
    this.loading = true;
    this._changed();
    try {
      const value = await this._load();
      this._end(turn, value, null);
    } catch (thrown) {
      this._end(turn, this.value, Problem.of(thrown));
    }
  }

  private _end(turn: number, value: T | null, problem: Problem | null): void {
    if (turn !== this._turn) {
      return;
    }
    this.value = value;
    this.problem = problem;
    this.loading = false;
    this._changed();
  }

  private _key: string | null = null;
  private _turn = 0;
}
