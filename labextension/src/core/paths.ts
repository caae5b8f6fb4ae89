import type { DocumentRegistry } from '@jupyterlab/docregistry';

/** The drive of jupyter-collaboration: the server's own files, edited together. */
const TOGETHER = 'RTC:';

/**
 * Path of a document as the server knows it. `localPath` is what JupyterLab's contents manager says
 * it is without its drive. What lies on any other drive is no file of the server's, which says so.
 */
export function serverPath({
  path,
  localPath
}: Pick<DocumentRegistry.Context, 'path' | 'localPath'>): string {
  return path === TOGETHER + localPath ? localPath : path;
}
