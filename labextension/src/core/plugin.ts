/* eslint-disable jupyter/prefer-lazy-imports -- the first view asks for all of it at start; it is small */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';

import { IModelship } from '../tokens';
import { Api } from './api';
import { Channels, opener } from './channels';
import { Current } from './current';
import { Looks } from './looks';
import { Services } from './services';

/** Provides what every view stands on; shows nothing itself. */
const plugin: JupyterFrontEndPlugin<IModelship> = {
  id: '@jupyter-modelship/labextension:core',
  description:
    'Knows the services, runs and open notebooks, and speaks with the server.',
  autoStart: true,
  requires: [INotebookTracker],
  provides: IModelship,
  activate: (app: JupyterFrontEnd, tracker: INotebookTracker): IModelship => {
    const settings = app.serviceManager.serverSettings;
    const api = new Api(settings);
    const channels = new Channels({ open: opener(settings) });
    const services = new Services(channels);
    const ask = (path: string, notebook: string) => api.lookAt(path, notebook);
    const looks = new Looks({ tracker, services, channels, ask });
    return { api, channels, services, looks, current: new Current(tracker) };
  }
};

export default plugin;
