import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandIDs } from '../commands';
import { IModelship } from '../tokens';

const plugin: JupyterFrontEndPlugin<void> = {
  id: '@jupyter-modelship/labextension:friction',
  description: 'Puts together what to tell others when something was hard.',
  autoStart: true,
  requires: [IModelship],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    modelship: IModelship,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter_modelship');
    const command = CommandIDs.reportFriction;
    app.commands.addCommand(command, {
      label: trans.__('Report friction'),
      caption: trans.__('Say what was hard, with what others need to help'),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            run: {
              type: 'string',
              description:
                'UUID of the run, by default the newest of the notebook in front'
            }
          }
        }
      },
      execute: async args => {
        const { reportFriction } = await import('./dialog');
        await reportFriction(modelship, args['run'], trans);
      }
    });
    palette?.addItem({ command, category: trans.__('Modelship') });
  }
};

export default plugin;
