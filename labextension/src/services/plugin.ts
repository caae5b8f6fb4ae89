/* eslint-disable jupyter/prefer-lazy-imports -- the panel's icon and badge are there from the start; it is small */
import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIDs } from '../commands';
import { IModelship } from '../tokens';
import { Actions } from './actions';
import { PanelModel } from './model';
import { ServicesPanel } from './panel';

/** The services panel in the left area. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: '@jupyter-modelship/labextension:services',
  description: 'The services panel: what runs, and the notebook in front.',
  autoStart: true,
  requires: [IModelship],
  optional: [ITranslator, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    ship: IModelship,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter_modelship');
    const panel = new ServicesPanel({
      model: new PanelModel(ship),
      actions: new Actions(ship.api, trans),
      commands: app.commands,
      trans
    });
    app.shell.add(panel, 'left', { rank: 250, type: 'Modelship' });
    restorer?.add(panel, panel.id);
    app.commands.addCommand(CommandIDs.openServices, {
      label: trans.__('Show Services'),
      caption: trans.__('Show the services panel'),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => app.shell.activateById(panel.id)
    });
  }
};

export default plugin;
