import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import core from './core/plugin';

const plugins: JupyterFrontEndPlugin<unknown>[] = [core];

export default plugins;
