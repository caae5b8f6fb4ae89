import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { Problem } from '../core/problem';
import type { IAbout, IApi } from '../tokens';
import type { IProblem, IRun } from '../wire';

export type FrictionApi = Pick<IApi, 'friction' | 'sendFriction'>;

/** A report of what was hard: the server's redacted bundle about a run, and a person's note. */
export class FrictionModel {
  private _code = false;
  private _note = '';
  private _bundle: string | null = null;
  private _problem: IProblem | null = null;
  private _asked = 0;
  private _changed = new Signal<this, void>(this);

  constructor(
    private readonly _api: FrictionApi,
    readonly about: IAbout,
    readonly run: IRun | null
  ) {
    if (!run) {
      this._bundle = `jupyter_modelship ${about.version}`;
    }
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Whether the code of the cell belongs to the report. */
  get code(): boolean {
    return this._code;
  }

  get note(): string {
    return this._note;
  }

  /** Why there is no bundle. */
  get problem(): IProblem | null {
    return this._problem;
  }

  /** Whether it can leave: what is shown is what leaves. */
  get ready(): boolean {
    return this._bundle !== null;
  }

  /** Code of the error that the run ended with; '' where it did not. */
  get error(): string {
    return this.run?.error?.code ?? '';
  }

  /** The report as Markdown, as it is copied; '' until the bundle is there. */
  get text(): string {
    if (this._bundle === null) {
      return '';
    }
    return noted(this._bundle, this._note.trim());
  }

  write(note: string): void {
    this._note = note;
    this._changed.emit();
  }

  /** With or without code. The bundle is made again, and there is none until then. */
  async load(code: boolean): Promise<void> {
    if (!this.run) {
      return;
    }
    const asked = (this._asked += 1);
    this._code = code;
    this._bundle = null;
    this._problem = null;
    this._changed.emit();
    try {
      const { markdown } = await this._api.friction(this.run.id, code);
      this._settle(asked, () => (this._bundle = markdown));
    } catch (thrown) {
      this._settle(asked, () => (this._problem = Problem.of(thrown)));
    }
  }

  /** To the administrator's webhook. */
  async send(): Promise<void> {
    if (this.run) {
      await this._api.sendFriction(this.run.id, this._code, this._note.trim());
    }
  }

  /** The newest question counts. */
  private _settle(asked: number, set: () => void): void {
    if (asked === this._asked) {
      set();
      this._changed.emit();
    }
  }
}

/** The note stands below the heading, as where the server sends the report. */
function noted(bundle: string, note: string): string {
  if (note === '') {
    return bundle;
  }
  const end = bundle.startsWith('# ') ? bundle.indexOf('\n\n') : -1;
  return end < 0
    ? `${note}\n\n${bundle}`
    : `${bundle.slice(0, end)}\n\n${note}${bundle.slice(end)}`;
}
