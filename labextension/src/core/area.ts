import type { JupyterFrontEnd } from '@jupyterlab/application';

/**
 * Where a view that a person works in is put. In JupyterLab that is the main area; in Notebook 7 the
 * main area holds one document and takes nothing else, so that the view stands beside it.
 */
export function workArea(app: JupyterFrontEnd): 'main' | 'right' {
  return app.name === 'JupyterLab' ? 'main' : 'right';
}
