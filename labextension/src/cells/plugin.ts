/* eslint-disable jupyter/prefer-lazy-imports -- cells are what people see first; all of this is small */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import { INotebookTools, INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandIDs } from '../commands';
import { IModelship } from '../tokens';
import { Notebooks } from './notebooks';
import { RolePicker } from './picker';
import { ROLES } from './roles';
import { addSetRole } from './setting';
import { RoleTool } from './tool';

const ID = '@jupyter-modelship/labextension:cells';

const SECTION = 'modelship';

const plugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description:
    'Says at each cell what becomes of it, and lets people say what it is for.',
  autoStart: true,
  requires: [IModelship, INotebookTracker],
  optional: [
    ITranslator,
    IToolbarWidgetRegistry,
    INotebookTools,
    ICommandPalette,
    ISettingRegistry
  ],
  activate: (
    app: JupyterFrontEnd,
    modelship: IModelship,
    tracker: INotebookTracker,
    translator: ITranslator | null,
    toolbars: IToolbarWidgetRegistry | null,
    tools: INotebookTools | null,
    palette: ICommandPalette | null,
    settings: ISettingRegistry | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter_modelship');
    const notebooks = new Notebooks(modelship, tracker, trans);
    addSetRole(app.commands, tracker, trans);
    for (const role of palette ? [...ROLES, ''] : []) {
      palette?.addItem({
        command: CommandIDs.setRole,
        category: trans.__('Modelship'),
        args: { role, isPalette: true }
      });
    }
    toolbars?.addFactory<Cell>(
      'Cell',
      'modelship-role',
      cell => new RolePicker(cell, app.commands, trans)
    );
    tools?.addSection({ sectionName: SECTION, label: trans.__('Service') });
    tools?.addItem({ tool: new RoleTool(notebooks, trans), section: SECTION });
    void settings?.load(ID).then(mine => {
      const read = () => {
        notebooks.shown = {
          badges: mine.get('badges').composite !== false,
          failures: mine.get('failures').composite !== false
        };
      };
      mine.changed.connect(read);
      read();
    });
  }
};

export default plugin;
