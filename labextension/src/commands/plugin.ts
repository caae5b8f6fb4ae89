import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import { CommandIDs } from '../commands';
import { modelshipIcon } from '../services/icons';
import { IModelship } from '../tokens';
import type { IDeployParts } from './deploy';
import type { IPlaceParts } from './place';
import { chosen } from './which';

/**
 * Deploy notebook, and Go to cell. Where they are offered (context menus, toolbar, shortcut) is
 * declared in schema/plugin.json, so that people can change it in the settings.
 */
const plugin: JupyterFrontEndPlugin<void> = {
  id: '@jupyter-modelship/labextension:plugin',
  description: 'Offers to deploy a notebook, and finds its cells.',
  autoStart: true,
  requires: [IModelship, INotebookTracker, IDocumentManager],
  optional: [IFileBrowserFactory, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    modelship: IModelship,
    notebooks: INotebookTracker,
    documents: IDocumentManager,
    browsers: IFileBrowserFactory | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_modelship');
    const { commands } = app;
    const { api, looks } = modelship;
    addDeploy({ commands, notebooks, browsers, api }, trans);
    addGoToCell(commands, { documents, notebooks, looks, trans });
    const changed = () => commands.notifyCommandChanged(CommandIDs.deploy);
    modelship.current.changed.connect(changed);
    palette?.addItem({
      command: CommandIDs.deploy,
      category: trans.__('Modelship')
    });
  }
};

export default plugin;

function addDeploy(parts: IDeployParts, trans: TranslationBundle): void {
  parts.commands.addCommand(CommandIDs.deploy, {
    label: args =>
      args['place'] === 'toolbar'
        ? trans.__('Deploy')
        : trans.__('Deploy notebook'),
    caption: trans.__('Review what of this notebook ships, then ship it'),
    // A word in the toolbar, where JupyterLab shows either the one or the other.
    icon: args => (args['place'] === 'toolbar' ? undefined : modelshipIcon),
    isEnabled: args => chosen(parts, args) !== null,
    describedBy: {
      args: {
        type: 'object',
        properties: {
          path: {
            type: 'string',
            description: 'Path of the notebook; without it the one in front'
          },
          options: { type: 'object', description: 'Options, by name' },
          yes: {
            type: 'boolean',
            description: 'Ship at once, where a running cell asked for the run'
          },
          run: { type: 'string', description: 'UUID of the run to be' },
          fresh: {
            type: 'boolean',
            description: 'Make anew whatever is cached, or live already'
          },
          place: {
            type: 'string',
            description:
              'Where the command was chosen: files, notebook, toolbar'
          }
        }
      }
    },
    execute: async args => {
      const { deploy } = await import('./deploy');
      await deploy(parts, args);
    }
  });
}

function addGoToCell(commands: CommandRegistry, parts: IPlaceParts): void {
  const { trans } = parts;
  commands.addCommand(CommandIDs.goToCell, {
    label: trans.__('Go to cell'),
    caption: trans.__('Open the notebook, at a cell where one is named'),
    describedBy: {
      args: {
        type: 'object',
        properties: {
          path: { type: 'string', description: 'Path of the notebook' },
          cell: { type: 'string', description: 'The nbformat id of the cell' },
          line: { type: 'integer', description: 'Line in the cell, from 1' }
        },
        required: ['path']
      }
    },
    execute: async args => {
      const { goToCell } = await import('./place');
      await goToCell(parts, args);
    }
  });
}
