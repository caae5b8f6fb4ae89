import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIDs } from '../commands';
import { isId } from '../core/format';
import { IModelship } from '../tokens';
import type { Notices, Told } from './notices';
import type { IRunParts, Shown } from './open';

const SETTINGS = '@jupyter-modelship/labextension:plugin';

/** The view of a run, and word of runs while other things are in front. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: '@jupyter-modelship/labextension:run',
  description: 'Shows a run: stages, log, cause and remedy.',
  autoStart: true,
  requires: [IModelship, INotebookTracker],
  optional: [ILayoutRestorer, ISettingRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    modelship: IModelship,
    notebooks: INotebookTracker,
    restorer: ILayoutRestorer | null,
    registry: ISettingRegistry | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_modelship');
    const tracker = new WidgetTracker<Shown>({ namespace: 'modelship-run' });
    const settings = new Settings(registry);
    const follow = () => settings.follow;
    const parts = { app, modelship, notebooks, tracker, trans, follow };
    const watch = watcher(parts, settings);
    addOpenRun(parts, watch);
    void restorer?.restore(tracker, {
      command: CommandIDs.openRun,
      args: ({ content }) => ({ run: content.model.id }),
      name: ({ content }) => content.model.id
    });
  }
};

export default plugin;

function addOpenRun(parts: IRunParts, watch: (run: string) => void): void {
  const { app, trans } = parts;
  app.commands.addCommand(CommandIDs.openRun, {
    label: trans.__('Show run'),
    caption: trans.__('Show the stages and the log of a run'),
    describedBy: {
      args: {
        type: 'object',
        properties: {
          run: { type: 'string', description: 'UUID of the run' }
        },
        required: ['run']
      }
    },
    execute: async ({ run }) => {
      if (!isId(run)) {
        return;
      }
      const { openRun } = await import('./open');
      await openRun(parts, run);
      watch(run);
    }
  });
}

/** Starts to tell of runs with the first one that there is. */
function watcher(
  { app, modelship, tracker, trans }: IRunParts,
  settings: Settings
): (run: string) => void {
  let notices: Promise<Notices> | null = null;
  const seen = (run: string) => {
    const front = tracker.find(({ content }) => content.model.id === run);
    return front !== undefined && front.isVisible;
  };
  const options = {
    modelship,
    trans,
    seen,
    commands: app.commands,
    told: () => settings.told
  };
  const start = () => {
    notices ??= import('./notices').then(({ Notices }) => new Notices(options));
    return notices;
  };
  const { services } = modelship;
  const onServices = () => {
    if (services.all.some(({ run }) => run?.state === 'running')) {
      void start();
    }
  };
  services.changed.connect(onServices);
  return run => void start().then(made => made.watch(run));
}

/** What people have set, as it is now. */
class Settings {
  told: Told = 'all';
  follow = true;

  constructor(registry: ISettingRegistry | null) {
    void registry?.load(SETTINGS).then(settings => {
      settings.changed.connect(this._read, this);
      this._read(settings);
    });
  }

  private _read(settings: ISettingRegistry.ISettings): void {
    this.told = settings.composite['notifications'] as Told;
    this.follow = settings.composite['follow'] === true;
  }
}
