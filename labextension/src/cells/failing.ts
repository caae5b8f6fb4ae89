import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { type IMark, mark } from '../core/mark';
import { serverPath } from '../core/paths';
import type { Failures, IFailedLine } from './failures';

const OWNER = 'failures';

/** Marks the lines of one open notebook at which its service failed. */
export class Failing implements IDisposable {
  private _marked = new Set<Cell>();
  private _path: string;
  private _isDisposed = false;

  /** The context of `panel` is ready. */
  constructor(
    private readonly _panel: NotebookPanel,
    private readonly _failures: Failures,
    private readonly _trans: TranslationBundle,
    private _shown: boolean
  ) {
    this._path = serverPath(_panel.context);
    _failures.watch(this._path);
    _failures.changed.connect(this._refresh, this);
    _panel.context.pathChanged.connect(this._moved, this);
    _panel.content.model?.cells.changed.connect(this._refresh, this);
    this._refresh();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      Signal.clearData(this);
      this._failures.unwatch(this._path);
    }
  }

  /** The user's setting. */
  set shown(shown: boolean) {
    this._shown = shown;
    this._refresh();
  }

  private _moved(): void {
    this._failures.unwatch(this._path);
    this._path = serverPath(this._panel.context);
    this._failures.watch(this._path);
    this._refresh();
  }

  private _refresh(): void {
    const lines = this._shown ? this._failures.of(this._path) : [];
    if (lines.length === 0 && this._marked.size === 0) {
      return;
    }
    const before = this._marked;
    this._marked = new Set();
    for (const cell of this._panel.content.widgets) {
      const here = lines.filter(line => line.cell === cell.model.id);
      if (here.length) {
        this._marked.add(cell);
      }
      if (here.length || before.has(cell)) {
        mark(
          cell,
          OWNER,
          here.map(line => this._mark(line))
        );
      }
    }
  }

  private _mark(failed: IFailedLine): IMark {
    const { cell, line, latest } = failed;
    return {
      kind: 'failure',
      line,
      message: latest.message,
      detail: told(failed, this._trans),
      dismiss: {
        label: this._trans.__('Dismiss'),
        run: () => this._failures.dismiss(this._path, cell, line)
      }
    };
  }
}

/** Which request it was, when, and how many there were. */
export function told(
  { latest, count }: IFailedLine,
  trans: TranslationBundle
): string {
  const time = new Date(latest.time);
  const when = Number.isNaN(time.valueOf())
    ? latest.time
    : time.toLocaleTimeString();
  return count > 1
    ? trans.__(
        '%1, revision %2, %3 times, last at %4',
        latest.endpoint,
        latest.revision,
        count,
        when
      )
    : trans.__(
        '%1, revision %2, at %3',
        latest.endpoint,
        latest.revision,
        when
      );
}
