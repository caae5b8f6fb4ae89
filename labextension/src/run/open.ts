import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { WidgetTracker } from '@jupyterlab/apputils';
import { MainAreaWidget } from '@jupyterlab/apputils';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { CommandIDs } from '../commands';
import { workArea } from '../core/area';
import { modelshipIcon } from '../services/icons';
import type { IModelship } from '../tokens';
import type { IActions } from './cause';
import { RunModel } from './model';
import { retry } from './retry';
import { RunPanel } from './widget';
import { heading, title } from './words';

/** JupyterLab's own; it is there where the server has terminals. */
const OPEN_TERMINAL = 'terminal:open';

export type Shown = MainAreaWidget<RunPanel>;

export interface IRunParts {
  app: JupyterFrontEnd;
  modelship: IModelship;
  notebooks: INotebookTracker;
  tracker: WidgetTracker<Shown>;
  trans: TranslationBundle;
  /** Whether a log follows its newest line at first. */
  follow: () => boolean;
}

/** Show a run: its view that is open already, or a new one. */
export async function openRun(parts: IRunParts, id: string): Promise<void> {
  const { app, tracker } = parts;
  const open = tracker.find(({ content }) => content.model.id === id);
  const shown = open ?? made(parts, id);
  if (!open) {
    await tracker.add(shown);
    app.shell.add(shown, workArea(app));
  }
  app.shell.activateById(shown.id);
}

function made(parts: IRunParts, id: string): Shown {
  const { modelship, trans } = parts;
  const { api, channels } = modelship;
  const model = new RunModel({ id, api, channels });
  const content = new RunPanel({
    model,
    trans,
    actions: actionsOf(parts, model),
    logUrl: api.logUrl(id),
    follow: parts.follow()
  });
  const shown = new MainAreaWidget({ content });
  shown.id = `modelship-run-${id}`;
  shown.title.icon = modelshipIcon;
  shown.title.closable = true;
  shown.toolbar.hide();
  // The frame has given its content a name of its own by now.
  content.node.setAttribute('role', 'region');
  content.node.setAttribute('aria-label', trans.__('Run'));
  const entitle = () => {
    shown.title.label = title(model, trans);
    shown.title.caption = heading(model, trans);
  };
  entitle();
  model.changed.connect(entitle);
  return shown;
}

function actionsOf(parts: IRunParts, model: RunModel): IActions {
  const { app, modelship, notebooks } = parts;
  const { commands } = app;
  const run = (id: string, args: ReadonlyPartialJSONObject) =>
    void commands.execute(id, args);
  return {
    goToCell: (cell, line) =>
      run(CommandIDs.goToCell, {
        path: model.run?.path ?? '',
        cell,
        ...(line === null ? {} : { line })
      }),
    retry: () =>
      void model.doing(async () => {
        if (model.run) {
          await retry({ api: modelship.api, commands, notebooks }, model.run);
        }
      }),
    openTerminal: commands.hasCommand(OPEN_TERMINAL)
      ? () =>
          void model.doing(async () => {
            const { name } = await modelship.api.terminal(model.id);
            await commands.execute(OPEN_TERMINAL, { name });
          })
      : null,
    reportFriction: () => run(CommandIDs.reportFriction, { run: model.id }),
    openService: service => run(CommandIDs.openService, { service })
  };
}
