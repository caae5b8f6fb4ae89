import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { plainLines } from '../core/plain';
import type { IService } from '../wire';
import { Endpoints } from './endpoints';
import type { IMeans } from './means';
import { Choices, CopyButton, type IChoice, Trouble } from './parts';
import { type IWay, type Language, snippet } from './snippets';
import type { Trial } from './trial';

/** At the service's own address, or below the Jupyter server: there it works in this browser. */
type Place = 'direct' | 'jupyter';
type IUseProps = IMeans & { service: IService };

/** How programs call the service: code to paste, and where the token comes from. */
export function UseIt(props: IUseProps): JSX.Element {
  const { model, trans } = props;
  const { contract, trial } = model;
  if (trial !== null) {
    return <Snippets {...props} trial={trial} />;
  }
  return contract.problem ? (
    <Trouble problem={contract.problem} trans={trans} />
  ) : (
    <p className="jp-modelship-card-note">
      {trans.__('Reading the contract…')}
    </p>
  );
}

function Snippets(props: IUseProps & { trial: Trial }): JSX.Element {
  const { trial, service, actions, trans } = props;
  const [language, setLanguage] = React.useState<Language>('curl');
  const [chosen, setPlace] = React.useState<Place | null>(null);
  const [shown, setShown] = React.useState(false);
  const places = placesOf(service, trans);
  const place = chosen ?? places[0].value;
  const way = wayTo(place, service, props, shown);
  const values = trial.operation.samples[0]?.arguments ?? trial.values;
  const code = snippet(language, trial.operation, values, way);
  return (
    <div className="jp-modelship-use">
      <Endpoints {...props} trial={trial} />
      <div className="jp-modelship-bar">
        <Choices<Language>
          label={trans.__('Language')}
          choices={[
            { value: 'curl', label: trans.__('curl') },
            { value: 'python', label: trans.__('Python') },
            { value: 'javascript', label: trans.__('JavaScript') }
          ]}
          value={language}
          onChoose={setLanguage}
        />
        <Choices<Place>
          label={trans.__('From where')}
          choices={places}
          value={place}
          onChoose={setPlace}
        />
        <span className="jp-modelship-space" />
        <CopyButton
          label={trans.__('Copy code')}
          onCopy={() => actions.copy(code)}
        />
      </div>
      <pre className="jp-modelship-pre" tabIndex={0}>
        {plainLines(code)}
      </pre>
      {place === 'direct' ? (
        <OwnToken {...props} way={way} />
      ) : (
        <JupyterToken {...props} way={way} shown={shown} onShow={setShown} />
      )}
    </div>
  );
}

/** From where it can be called; first the one that works for the most. */
function placesOf(
  service: IService,
  trans: TranslationBundle
): IChoice<Place>[] {
  const jupyter = { value: 'jupyter', label: trans.__('Through Jupyter') };
  const direct = { value: 'direct', label: placeName(service, trans) };
  const places = [direct, jupyter] as IChoice<Place>[];
  return service.url_from === 'cluster' ? places.reverse() : places;
}

function placeName(service: IService, trans: TranslationBundle): string {
  switch (service.url_from) {
    case 'machine':
      return trans.__('On this machine');
    case 'cluster':
      return trans.__('Inside the cluster');
    case 'network':
      return trans.__('At its own address');
  }
}

/** Who reaches the service's own address. */
function whoReaches(service: IService, trans: TranslationBundle): string {
  switch (service.url_from) {
    case 'machine':
      return trans.__('Programs on the machine that runs Jupyter.');
    case 'cluster':
      return trans.__(
        'An address inside the cluster: other pods reach it, your browser and this machine do not.'
      );
    case 'network':
      return trans.__('Programs anywhere that reach this host.');
  }
}

function wayTo(
  place: Place,
  service: IService,
  { actions, token }: IMeans,
  shown: boolean
): IWay {
  if (place === 'jupyter') {
    return {
      base: actions.address(service.service),
      scheme: 'token',
      variable: 'JUPYTER_TOKEN',
      token: shown ? token : null
    };
  }
  return {
    base: service.url,
    scheme: 'Bearer',
    variable: 'SERVICE_TOKEN',
    token: null
  };
}

function OwnToken(props: IUseProps & { way: IWay }): JSX.Element {
  const { service, actions, trans } = props;
  const file = service.token_file;
  const who = whoReaches(service, trans);
  if (file === null) {
    return (
      <p className="jp-modelship-card-note">
        {who}{' '}
        {trans.__(
          'This service asks for no token; the header may be left out.'
        )}
      </p>
    );
  }
  const command = `export SERVICE_TOKEN="$(cat ${quotedPath(file)})"`;
  return (
    <div className="jp-modelship-card-note">
      <p>
        {who}{' '}
        {trans.__(
          'The service wants its own token, which lies in a file that only you can read:'
        )}
      </p>
      <div className="jp-modelship-bar">
        <code>{command}</code>
        <CopyButton
          label={trans.__('Copy command')}
          onCopy={() => actions.copy(command)}
        />
      </div>
    </div>
  );
}

function JupyterToken(
  props: IUseProps & { way: IWay; shown: boolean; onShow(shown: boolean): void }
): JSX.Element {
  const { token, shown, onShow, trans } = props;
  return (
    <div className="jp-modelship-card-note">
      <p>
        {trans.__(
          'Programs anywhere that reach Jupyter. They show a token of your Jupyter server, on a Hub one from the page Token. It opens everything that you can do in Jupyter: keep it out of notebooks and repositories.'
        )}
      </p>
      {token ? (
        <label>
          <input
            type="checkbox"
            checked={shown}
            onChange={event => onShow(event.target.checked)}
          />
          {trans.__('Show the token of this session in the code')}
        </label>
      ) : null}
    </div>
  );
}

function quotedPath(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replace(/'/g, "'\\''")}'`;
}
