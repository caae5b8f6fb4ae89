import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import type { Actions } from '../services/actions';
import type { CardModel } from './model';

/** What every part of the card is given. */
export interface IMeans {
  model: CardModel;
  actions: Actions;
  commands: CommandRegistry;
  trans: TranslationBundle;
  /** The token that this window shows the Jupyter server; "" where there is none. */
  token: string;
}
