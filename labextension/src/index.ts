import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import cells from './cells/plugin';
import commands from './commands/plugin';
import core from './core/plugin';
import review from './review/plugin';
import friction from './friction/plugin';
import services from './services/plugin';

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  core,
  cells,
  friction,
  commands,
  review,
  services
];

export default plugins;
