import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import cells from './cells/plugin';
import core from './core/plugin';
import services from './services/plugin';

const plugins: JupyterFrontEndPlugin<unknown>[] = [core, cells, services];

export default plugins;
