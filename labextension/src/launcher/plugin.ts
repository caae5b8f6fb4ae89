import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIDs } from '../commands';
import { modelshipIcon } from '../services/icons';
import { IModelship } from '../tokens';

/** A card in the launcher that opens a starter notebook. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: '@jupyter-modelship/labextension:launcher',
  description: 'Opens notebooks to start from.',
  autoStart: true,
  requires: [IModelship, IDocumentManager],
  optional: [IDefaultFileBrowser, ILauncher, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    modelship: IModelship,
    documents: IDocumentManager,
    browser: IDefaultFileBrowser | null,
    launcher: ILauncher | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_modelship');
    const command = CommandIDs.openStarter;
    app.commands.addCommand(command, {
      label: trans.__('Starter notebook'),
      caption: trans.__('Open a notebook that can be deployed as it is'),
      icon: modelshipIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            template: {
              type: 'string',
              description: 'Name of the starter; without it people are asked'
            },
            cwd: {
              type: 'string',
              description: 'Folder of the copy; by default the one in view'
            }
          }
        }
      },
      execute: async args => {
        const { openStarter } = await import('./starter');
        const { contents, kernelspecs } = app.serviceManager;
        await openStarter({
          api: modelship.api,
          contents,
          kernels: () => kernelspecs.specs,
          open: path => documents.openOrReveal(path, 'Notebook'),
          folder: folderOf(args['cwd'], browser),
          template: args['template'],
          trans
        });
      }
    });
    launcher?.add({ command, category: trans.__('Other'), rank: 5 });
    palette?.addItem({ command, category: trans.__('Modelship') });
  }
};

export default plugin;

function folderOf(cwd: unknown, browser: IDefaultFileBrowser | null): string {
  return typeof cwd === 'string' ? cwd : (browser?.model.path ?? '');
}
