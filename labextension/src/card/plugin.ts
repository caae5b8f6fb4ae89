import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import {
  ITranslator,
  nullTranslator,
  type TranslationBundle
} from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { CommandIDs } from '../commands';
import { workArea } from '../core/area';
import { IModelship } from '../tokens';
import type { ServiceCard } from './card';

type CardWidget = MainAreaWidget<ServiceCard>;

const TABS = ['try', 'use', 'watch', 'history', 'provenance'] as const;

/** Names are DNS labels: anything else is no service and opens nothing. */
const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

const ARGUMENTS = {
  type: 'object',
  properties: {
    service: { type: 'string', description: 'Name of the service.' },
    tab: {
      type: 'string',
      description: 'The tab to show.',
      oneOf: TABS.map(tab => ({ const: tab }))
    }
  },
  required: ['service']
};

/** The card of a service in the main area; open ones come back with the workspace. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: '@jupyter-modelship/labextension:card',
  description: 'The service card: try, use and watch a service, roll it back.',
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
    const tracker = new WidgetTracker<CardWidget>({
      namespace: 'modelship-card'
    });
    /** One card a service, also where it is asked for twice while it is being made. */
    const cards = new Map<string, Promise<CardWidget>>();
    const open = (name: string): Promise<CardWidget> => {
      const card = opened(app, ship, tracker, trans, name);
      cards.set(name, card);
      void card.then(one => one.disposed.connect(() => cards.delete(name)));
      return card;
    };
    void restorer?.restore(tracker, {
      command: CommandIDs.openService,
      args: ({ content: { means } }) => ({
        service: means.model.name,
        tab: means.model.tab
      }),
      name: widget => widget.content.means.model.name
    });
    app.commands.addCommand(CommandIDs.openService, {
      label: args =>
        typeof args.service === 'string'
          ? trans.__('Open Service %1', args.service)
          : trans.__('Open Service'),
      caption: trans.__('Try, use and watch a service'),
      describedBy: { args: ARGUMENTS },
      execute: async args => {
        const name = args.service;
        if (typeof name !== 'string' || !NAME.test(name)) {
          return;
        }
        const card = await (cards.get(name) ?? open(name));
        show(card, args);
        app.shell.activateById(card.id);
      }
    });
  }
};

/** A new card, kept by the tracker. */
async function opened(
  app: JupyterFrontEnd,
  ship: IModelship,
  tracker: WidgetTracker<CardWidget>,
  trans: TranslationBundle,
  name: string
): Promise<CardWidget> {
  const { createCard } = await import('./create');
  const card = createCard(app, ship, trans, name);
  if (!card.isAttached) {
    app.shell.add(card, workArea(app), { type: 'Modelship' });
  }
  await tracker.add(card);
  card.content.means.model.tabChanged.connect(() => void tracker.save(card));
  return card;
}

function show(card: CardWidget, args: ReadonlyPartialJSONObject): void {
  const tab = TABS.find(one => one === args.tab);
  if (tab) {
    card.content.means.model.tab = tab;
  }
}

export default plugin;
