import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

import { serverPath } from '../core/paths';

/** The open notebook at a path of the server; undefined where it is not open. */
export function openAt(
  notebooks: INotebookTracker,
  path: string
): NotebookPanel | undefined {
  return notebooks.find(panel => serverPath(panel.context) === path);
}

/**
 * Save the notebook where it is open and has edits. False where that did not come off: JupyterLab
 * has said why (the disk has a newer version, the file cannot be written), or somebody cancelled.
 */
export async function saved(
  notebooks: INotebookTracker,
  path: string
): Promise<boolean> {
  const panel = openAt(notebooks, path);
  if (!panel) {
    return true;
  }
  await panel.context.ready;
  if (panel.context.model.dirty) {
    await panel.context.save().catch(() => undefined);
  }
  return !panel.context.model.dirty;
}
