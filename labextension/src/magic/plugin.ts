import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIDs } from '../commands';
import { IModelship } from '../tokens';
import { Deployments } from './deployment';
import { MIME } from './intent';
import { DeployOutput } from './output';
import { Target } from './target';

/** `%deploy` in a cell: takes the intent while the cell runs, and shows what became of it. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: '@jupyter-modelship/labextension:magic',
  description: 'Does what %deploy asks for, and shows it below the cell.',
  autoStart: true,
  requires: [IModelship, INotebookTracker, IRenderMimeRegistry],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    modelship: IModelship,
    notebooks: INotebookTracker,
    rendermime: IRenderMimeRegistry,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_modelship');
    const { commands } = app;
    const { api, channels } = modelship;
    const deployments = new Deployments({ api, channels });
    const actions = {
      openRun: (run: string) =>
        void commands.execute(CommandIDs.openRun, { run }),
      openService: (service: string) =>
        void commands.execute(CommandIDs.openService, { service })
    };
    rendermime.addFactory(
      {
        safe: true, // it draws text, and asks the server how a run stands
        mimeTypes: [MIME],
        createRenderer: () => new DeployOutput({ deployments, actions, trans })
      },
      0
    );
    const target = new Target({ api, commands, notebooks, deployments, trans });
    notebooks.forEach(panel => target.attach(panel));
    notebooks.widgetAdded.connect((_, panel) => target.attach(panel));
  }
};

export default plugin;
