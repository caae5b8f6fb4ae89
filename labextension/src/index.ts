import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import card from './card/plugin';
import cells from './cells/plugin';
import commands from './commands/plugin';
import core from './core/plugin';
import launcher from './launcher/plugin';
import friction from './friction/plugin';
import magic from './magic/plugin';
import review from './review/plugin';
import run from './run/plugin';
import services from './services/plugin';

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  core,
  card,
  cells,
  commands,
  friction,
  launcher,
  magic,
  review,
  run,
  services
];

export default plugins;
