import type { INotebookModel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

type Shared = INotebookModel['sharedModel'];
type Cell = Shared['cells'][number];

/** What may change of a cell; a change of its outputs alone has neither key. */
interface IChange {
  sourceChange?: unknown;
  metadataChange?: unknown;
  executionCountChange?: unknown;
}

/**
 * An open notebook as JSON text without its outputs, and word of each change of that text. A cell
 * is written once for each change of it: an edit among 500 cells costs one cell and a join.
 */
export class DocumentText implements IDisposable {
  private _texts = new Map<Cell, string | null>();
  private _changed = new Signal<this, void>(this);
  private _isDisposed = false;

  constructor(private readonly _shared: Shared) {
    this._follow();
    _shared.changed.connect(this._onNotebook, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
    this._texts.clear();
  }

  text(): string {
    const shared = this._shared;
    const cells = shared.cells.map(cell => this._cell(cell));
    const rest = JSON.stringify({
      metadata: shared.getMetadata(),
      nbformat: shared.nbformat,
      nbformat_minor: shared.nbformat_minor
    });
    return `{"cells":[${cells.join(',')}],${rest.slice(1)}`;
  }

  private _cell(cell: Cell): string {
    const known = this._texts.get(cell);
    if (known) {
      return known;
    }
    const text = written(cell);
    this._texts.set(cell, text);
    return text;
  }

  private _follow(): void {
    const now = new Set<Cell>(this._shared.cells);
    for (const cell of this._texts.keys()) {
      if (!now.has(cell)) {
        this._texts.delete(cell);
        cell.changed.disconnect(this._onCell, this);
      }
    }
    for (const cell of now) {
      if (!this._texts.has(cell)) {
        this._texts.set(cell, null);
        cell.changed.connect(this._onCell, this);
      }
    }
  }

  private _onNotebook(
    _: Shared,
    change: { cellsChange?: unknown; metadataChange?: unknown }
  ): void {
    if (change.cellsChange) {
      this._follow();
    }
    if (change.cellsChange || change.metadataChange) {
      this._changed.emit();
    }
  }

  private _onCell(cell: Cell, change: IChange): void {
    if (
      change.sourceChange ||
      change.metadataChange ||
      change.executionCountChange
    ) {
      this._texts.set(cell, null);
      this._changed.emit();
    }
  }
}

/** A cell as nbformat has it, outputs empty and attachments left out; they are not even copied. */
function written(cell: Cell): string {
  const said = {
    id: cell.getId(),
    cell_type: cell.cell_type,
    source: cell.getSource(),
    metadata: cell.getMetadata()
  };
  return JSON.stringify(
    isCode(cell)
      ? { ...said, execution_count: cell.execution_count, outputs: [] }
      : said
  );
}

function isCode(
  cell: Cell
): cell is Extract<Cell, { execution_count: unknown }> {
  return cell.cell_type === 'code';
}
