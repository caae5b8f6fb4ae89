import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import core from './core/plugin';
import services from './services/plugin';

const plugins: JupyterFrontEndPlugin<unknown>[] = [core, services];

export default plugins;
