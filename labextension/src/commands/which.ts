import type { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { serverPath } from '../core/paths';

/** Where notebooks are chosen. */
export interface IPlaces {
  notebooks: INotebookTracker;
  browsers: IFileBrowserFactory | null;
}

/** Longest path that Linux takes; anything longer is none. */
const LONGEST_PATH = 4096;

/** Path of the notebook that is meant: the one named, the one chosen in the files, the one in front. */
export function chosen(
  places: IPlaces,
  args: ReadonlyPartialJSONObject
): string | null {
  const named = args['path'];
  if (named !== undefined) {
    return typeof named === 'string' && isNotebook(named) ? named : null;
  }
  if (args['place'] === 'files') {
    return selected(places.browsers);
  }
  const open = places.notebooks.currentWidget;
  return open && serverPath(open.context);
}

/** The one notebook that is selected in the file browser. */
function selected(browsers: IFileBrowserFactory | null): string | null {
  const browser = browsers?.tracker.currentWidget;
  const items = [...(browser?.selectedItems() ?? [])];
  if (!browser || items.length !== 1 || items[0].type !== 'notebook') {
    return null;
  }
  const [{ path }] = items;
  const { contents } = browser.model.manager.services;
  return serverPath({ path, localPath: contents.localPath(path) });
}

function isNotebook(path: string): boolean {
  return path.length <= LONGEST_PATH && /[^/]\.ipynb$/i.test(path);
}
