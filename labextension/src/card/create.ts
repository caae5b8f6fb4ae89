import type { JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { Actions } from '../services/actions';
import type { IModelship } from '../tokens';
import { ServiceCard } from './card';
import { CardModel } from './model';

/** The card of a service, not yet in the shell. */
export function createCard(
  app: JupyterFrontEnd,
  ship: IModelship,
  trans: TranslationBundle,
  name: string
): MainAreaWidget<ServiceCard> {
  const content = new ServiceCard({
    model: new CardModel(ship, name),
    actions: new Actions(ship.api, trans),
    commands: app.commands,
    trans,
    token: app.serviceManager.serverSettings.token
  });
  const card = new MainAreaWidget({ content });
  card.id = `modelship-card-${name}`;
  card.toolbar.hide();
  // After the widget around it, which calls every content the same.
  content.node.setAttribute('role', 'region');
  content.node.setAttribute('aria-label', content.title.caption);
  return card;
}
