import type { TranslationBundle } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import { CommandIDs } from '../commands';
import type { IService } from '../wire';
import { type Actions, previous, type Verb } from './actions';
import { active, coming } from './rows';

/** A line of the menu; null is a separator. */
interface IItem {
  id: string;
  label: string;
  enabled: boolean;
  run(): void;
}

/** Open what can be done to a service, at a place of the window. */
export function openMenu(
  service: IService,
  at: { x: number; y: number },
  means: {
    app: CommandRegistry;
    actions: Actions;
    trans: TranslationBundle;
  }
): void {
  const commands = new CommandRegistry();
  const menu = new Menu({ commands });
  menu.addClass('jp-modelship-menu');
  for (const item of itemsOf(service, means)) {
    if (item === null) {
      menu.addItem({ type: 'separator' });
    } else {
      commands.addCommand(item.id, {
        label: item.label,
        isEnabled: () => item.enabled,
        describedBy: { args: { type: 'object', properties: {} } },
        execute: () => item.run()
      });
      menu.addItem({ command: item.id });
    }
  }
  // The command runs after the menu has closed itself.
  menu.aboutToClose.connect(
    () => void Promise.resolve().then(() => menu.dispose())
  );
  menu.open(at.x, at.y);
}

function itemsOf(
  service: IService,
  means: {
    app: CommandRegistry;
    actions: Actions;
    trans: TranslationBundle;
  }
): (IItem | null)[] {
  const { app, actions, trans } = means;
  const name = service.service;
  const free = actions.busy(name) === null && !active(service.run);
  const card = (tab: string) => () =>
    void app.execute(CommandIDs.openService, { service: name, tab });
  const act = (verb: Verb, revision?: number) => () =>
    void actions.ask(verb, service, revision);
  const back = previous(service);
  const stopped = service.state === 'stopped';
  const item = (
    id: string,
    label: string,
    run: () => void,
    enabled = true
  ): IItem => ({ id: `modelship-row:${id}`, label, run, enabled });
  const path = service.path;
  const run = service.run?.id;
  const notebook = item(
    'notebook',
    trans.__('Open Notebook'),
    () => void app.execute(CommandIDs.goToCell, { path }),
    path !== null
  );
  const show = item(
    'run',
    trans.__('Show Run'),
    () => void app.execute(CommandIDs.openRun, { run }),
    run !== undefined
  );
  if (coming(service)) {
    return [show, notebook];
  }
  return [
    item('try', trans.__('Try It'), card('try')),
    item('logs', trans.__('Logs'), card('watch')),
    item('copy', trans.__('Copy URL'), () =>
      actions.copy(actions.address(name))
    ),
    show,
    notebook,
    null,
    item(
      'rollback',
      back
        ? trans.__('Roll Back to Revision %1…', back.number)
        : trans.__('Roll Back…'),
      act('rollback', back?.number),
      free && back !== null
    ),
    stopped
      ? item('start', trans.__('Start…'), act('start'), free)
      : item('stop', trans.__('Stop…'), act('stop'), free),
    item('delete', trans.__('Delete…'), act('delete'), free)
  ];
}
