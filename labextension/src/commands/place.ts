import { Notification } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import { type INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { mark } from '../core/mark';
import { serverPath } from '../core/paths';
import { plain } from '../core/plain';
import type { ILooks } from '../tokens';
import { Landing } from './landing';
import { openAt } from './saving';

export interface IPlaceParts {
  documents: IDocumentManager;
  notebooks: INotebookTracker;
  looks: ILooks;
  trans: TranslationBundle;
}

const OWNER = 'place';

/** Takes the mark of the last visit away, and lets go of its cell. */
let leave: () => void = () => undefined;

/** Open a notebook, at a cell where one is named, and mark the line that is meant. */
export async function goToCell(
  parts: IPlaceParts,
  args: ReadonlyPartialJSONObject
): Promise<void> {
  const { path, cell, line } = args;
  if (typeof path !== 'string') {
    return;
  }
  const open = openAt(parts.notebooks, path)?.context.path ?? path;
  const panel = parts.documents.openOrReveal(open, 'Notebook');
  if (!(panel instanceof NotebookPanel)) {
    return missing(parts.trans.__('%1 cannot be opened.', plain(path, 200)));
  }
  await panel.context.ready;
  await panel.revealed;
  if (typeof cell !== 'string') {
    return;
  }
  const index = indexOf(panel, cell, parts.looks);
  if (index < 0) {
    return missing(
      parts.trans.__('That cell is no longer in %1.', plain(path, 200))
    );
  }
  await show(panel, index, typeof line === 'number' ? Math.trunc(line) : null);
}

/**
 * Position of a cell by its nbformat id. Notebooks older than nbformat 4.5 have none: there the
 * server names cells by their content, and its last look at the notebook knows where they stand.
 */
function indexOf(panel: NotebookPanel, cell: string, looks: ILooks): number {
  const { widgets } = panel.content;
  const index = widgets.findIndex(widget => widget.model.id === cell);
  if (index >= 0) {
    return index;
  }
  const handle = looks.of(serverPath(panel.context));
  const known = handle?.look?.cells.find(each => each.id === cell);
  handle?.dispose();
  return known && known.number <= widgets.length ? known.number - 1 : -1;
}

async function show(
  panel: NotebookPanel,
  index: number,
  line: number | null
): Promise<void> {
  leave();
  const notebook = panel.content;
  notebook.activeCellIndex = index;
  notebook.deselectAll();
  const cell = notebook.widgets[index];
  const landing = new Landing(panel, cell, line);
  leave = () => {
    leave = () => undefined;
    landing.dispose();
    if (!cell.isDisposed) {
      mark(cell, OWNER, []);
    }
  };
  if (line !== null) {
    mark(cell, OWNER, [{ line, kind: 'place' }]);
    void cell.ready.then(() => setCursor(cell, line));
  }
  await landing.placed;
}

/** The landing scrolls; an editor that did too would scroll elsewhere. */
function setCursor({ editor }: Cell, line: number): void {
  if (editor) {
    const last = editor.lineCount - 1;
    const position = { line: Math.min(Math.max(line - 1, 0), last), column: 0 };
    editor.setCursorPosition(position, { scroll: false });
  }
}

function missing(message: string): void {
  Notification.warning(message, { autoClose: 5000 });
}
