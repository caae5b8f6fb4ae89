import { Dialog, ReactWidget, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { plain } from '../core/plain';

export interface IStarter {
  name: string;
  title: string;
  description: string;
}

/** Ask which starter is meant; null where nobody says. */
export async function choose(
  starters: readonly IStarter[],
  trans: TranslationBundle
): Promise<string | null> {
  const answer = await showDialog({
    title: trans.__('Starter notebook'),
    body: new Chooser(starters, trans),
    buttons: [
      Dialog.cancelButton(),
      Dialog.okButton({ label: trans.__('Open') })
    ],
    focusNodeSelector: 'input'
  });
  return answer.button.accept ? answer.value : null;
}

/** One radio button a starter, the first chosen. */
export class Chooser
  extends ReactWidget
  implements Dialog.IBodyWidget<string | null>
{
  private _chosen: string | null;

  constructor(
    private readonly _starters: readonly IStarter[],
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-modelship-Starters');
    this._chosen = _starters[0]?.name ?? null;
  }

  getValue(): string | null {
    return this._chosen;
  }

  protected render(): React.ReactElement {
    if (this._starters.length === 0) {
      return (
        <p>
          {this._trans.__(
            'No starter notebooks are installed. Whoever administers this server can add some.'
          )}
        </p>
      );
    }
    return (
      <div
        role="radiogroup"
        aria-label={this._trans.__('Starter notebook')}
        onChange={event => {
          this._chosen = (event.target as HTMLInputElement).value;
        }}
      >
        {this._starters.map((starter, index) => (
          <Choice key={starter.name} starter={starter} chosen={index === 0} />
        ))}
      </div>
    );
  }
}

function Choice(props: {
  starter: IStarter;
  chosen: boolean;
}): React.ReactElement {
  const { name, title, description } = props.starter;
  const told = `jp-modelship-starter-${name}`;
  return (
    <label className="jp-modelship-Starter">
      <input
        type="radio"
        name="jp-modelship-starter"
        value={name}
        defaultChecked={props.chosen}
        aria-label={plain(title, 100)}
        aria-describedby={told}
      />
      <span className="jp-modelship-Starter-title">{plain(title, 100)}</span>
      <span id={told} className="jp-modelship-Starter-description">
        {plain(description, 300)}
      </span>
    </label>
  );
}
