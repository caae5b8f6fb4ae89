import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { type MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIDs } from '../commands';
import { IModelship } from '../tokens';
import type { Options } from '../wire';
import { reviewIcon } from './icon';
import type { IOpenArguments } from './open';
import type { ReviewPanel } from './widget';

/** The review: what a notebook would ship, and the button that ships it. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: '@jupyter-modelship/labextension:review',
  description: 'Shows what a notebook would ship, and ships it.',
  autoStart: true,
  requires: [IModelship, INotebookTracker, IDocumentManager],
  optional: [ILayoutRestorer, IEditorLanguageRegistry, ITranslator],
  activate
};

export default plugin;

function activate(
  app: JupyterFrontEnd,
  modelship: IModelship,
  notebooks: INotebookTracker,
  documents: IDocumentManager,
  restorer: ILayoutRestorer | null,
  languages: IEditorLanguageRegistry | null,
  translator: ITranslator | null
): void {
  const trans = (translator ?? nullTranslator).load('jupyter_modelship');
  const tracker = new WidgetTracker<MainAreaWidget<ReviewPanel>>({
    namespace: 'modelship-review'
  });
  const parts = {
    app,
    modelship,
    notebooks,
    documents,
    languages,
    trans,
    tracker
  };
  const show = async (
    args: IOpenArguments
  ): Promise<MainAreaWidget<ReviewPanel>> => {
    const { openReview } = await import('./open');
    return openReview(parts, args);
  };
  app.commands.addCommand(CommandIDs.openReview, {
    label: trans.__('Review'),
    caption: trans.__('Show what a notebook would ship'),
    icon: reviewIcon,
    describedBy: { args: ARGUMENTS },
    execute: async args => {
      await show(read(args));
    }
  });
  app.commands.addCommand(CommandIDs.rehearse, {
    label: trans.__('Rehearse now'),
    caption: trans.__(
      'Rehearse and prove what a notebook would ship; nothing goes live'
    ),
    describedBy: { args: ARGUMENTS },
    execute: async args => {
      const panel = await show(read(args));
      await panel.content.model.settled();
      await panel.content.model.rehearse();
    }
  });
  void restorer?.restore(tracker, {
    command: CommandIDs.openReview,
    args: ({ content }) => ({
      path: content.model.state.path,
      options: content.model.state.options
    }),
    name: ({ content }) => content.model.state.path
  });
}

const ARGUMENTS = {
  type: 'object',
  properties: {
    path: { type: 'string', description: 'Path of the notebook' },
    options: { type: 'object', description: 'Options, by name' },
    run: {
      type: 'string',
      description: 'UUID for the run that shipping makes'
    },
    fresh: {
      type: 'boolean',
      description: 'Shipping makes anew whatever is cached, or live already'
    },
    takeOver: {
      type: 'boolean',
      description:
        'Taking the service over, if it is another notebook’s, is ticked'
    }
  },
  required: ['path']
};

/** Arguments come from anywhere, also from a rendered document: types are checked, nothing ships. */
function read(args: { [key: string]: unknown }): IOpenArguments {
  const { path, options, run, fresh, takeOver } = args;
  return {
    path: typeof path === 'string' ? path : '',
    options: isOptions(options) ? options : {},
    run: typeof run === 'string' ? run : undefined,
    fresh: fresh === true,
    takeOver: takeOver === true
  };
}

function isOptions(value: unknown): value is Options {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
