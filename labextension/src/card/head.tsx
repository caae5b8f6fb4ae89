import { Button } from '@jupyterlab/ui-components';
import * as React from 'react';

import { CommandIDs } from '../commands';
import { ago } from '../core/format';
import { plain } from '../core/plain';
import { doingWord } from '../services/actions';
import { Mark } from '../services/mark';
import {
  active,
  replicasOf,
  restartsOf,
  type Mark as Shape,
  rowOf,
  silence,
  stateMark,
  stateWord
} from '../services/rows';
import type { IService, ISilence } from '../wire';
import type { IMeans } from './means';
import { CopyButton } from './parts';

type IHeadProps = IMeans & { service: IService };

/** Name, state, address, and what can be done to the service. */
export function Head(props: IHeadProps): JSX.Element {
  const { service, actions, model, trans } = props;
  const address = actions.address(service.service);
  return (
    <header className="jp-modelship-card-head">
      <div className="jp-modelship-card-title">
        <h1 title={plain(service.service)}>{plain(service.service)}</h1>
        {model.deleted ? null : <Buttons {...props} />}
      </div>
      <Standing {...props} />
      <div className="jp-modelship-card-url">
        <code title={address}>{address}</code>
        <CopyButton
          label={trans.__('Copy URL')}
          onCopy={() => actions.copy(address)}
        />
      </div>
      <Cause {...props} />
    </header>
  );
}

function Buttons(props: IHeadProps): JSX.Element {
  const { service, actions, model, trans } = props;
  const free =
    actions.busy(service.service) === null &&
    !active(service.run) &&
    service.silent === null &&
    !model.away;
  const stopped = service.state === 'stopped';
  return (
    <div className="jp-modelship-card-buttons">
      <Button
        className="jp-modelship-secondary"
        disabled={!free}
        onClick={() => void actions.ask(stopped ? 'start' : 'stop', service)}
      >
        {stopped ? trans.__('Start…') : trans.__('Stop…')}
      </Button>
      <Button
        className="jp-modelship-secondary"
        disabled={!free}
        onClick={() => void actions.ask('delete', service)}
      >
        {trans.__('Delete…')}
      </Button>
    </div>
  );
}

/** "Running · local · revision 4 · since 3 hours ago · 2 replicas · demos/iris.ipynb". */
function Standing(props: IHeadProps): JSX.Element {
  const { service, commands, trans } = props;
  const [shape, word] = now(props);
  const path = service.path;
  const counts = [replicasOf(service, trans), restartsOf(service, trans)];
  return (
    <p className="jp-modelship-card-standing" role="status">
      <Mark kind={shape} />
      <span>{word}</span>
      <span>{service.target}</span>
      <span>{trans.__('revision %1', service.revision)}</span>
      <span title={service.since}>
        {trans.__('went live %1', since(service, props))}
      </span>
      {counts.filter(Boolean).map(count => (
        <span key={count}>{count}</span>
      ))}
      {path !== null ? (
        <button
          className="jp-modelship-link"
          onClick={() => void commands.execute(CommandIDs.goToCell, { path })}
        >
          {plain(path)}
        </button>
      ) : null}
    </p>
  );
}

/** Shape and word for how things are, as far as this window can know. */
function now(props: IHeadProps): [Shape, string] {
  const { service, actions, model, trans } = props;
  if (model.away) {
    return ['busy', trans.__('Reconnecting…')];
  }
  if (model.deleted) {
    return ['stopped', trans.__('Deleted')];
  }
  if (service.silent !== null) {
    return ['silent', silence(service.silent, trans).word];
  }
  const doing = actions.busy(service.service);
  return doing
    ? ['busy', trans.__('%1…', doingWord(doing, trans))]
    : [stateMark(service.state), stateWord(service.state, trans)];
}

function since(service: IService, { trans }: IMeans): string {
  return ago(Date.parse(service.since) / 1000, trans);
}

/** Why it does not run, or what its newest run came to; nothing where all is well. */
function Cause(props: IHeadProps): JSX.Element | null {
  const { service, model, commands, trans } = props;
  if (service.silent !== null) {
    return <Silent silent={service.silent} {...props} />;
  }
  const down = service.state === 'failed' || service.state === 'gone';
  if (down && service.reason) {
    const { path, cell, line } = service;
    return (
      <div className="jp-modelship-trouble" role="alert">
        <p>▲ {plain(service.reason)}</p>
        {service.remedy ? <p>{plain(service.remedy)}</p> : null}
        {path !== null && cell !== null ? (
          <button
            className="jp-modelship-link"
            onClick={() =>
              void commands.execute(CommandIDs.goToCell, { path, cell, line })
            }
          >
            {trans.__('Go to cell')}
          </button>
        ) : null}
      </div>
    );
  }
  const row = rowOf(service, null, trans);
  const run = row.run;
  if (run === null || model.deleted) {
    return null;
  }
  return (
    <p
      className={`jp-modelship-card-run jp-modelship-word-${row.mark}`}
      role="status"
    >
      <Mark kind={row.mark} />
      <span>{row.word}</span>
      {row.mark === 'attention' ? <span>{plain(row.detail)}</span> : null}
      <button
        className="jp-modelship-link"
        onClick={() => void commands.execute(CommandIDs.openRun, { run })}
      >
        {trans.__('Show run')}
      </button>
    </p>
  );
}

/** All that the card shows is how things were. */
function Silent(props: IHeadProps & { silent: ISilence }): JSX.Element {
  const { service, silent, trans } = props;
  const was = stateWord(service.state, trans).toLowerCase();
  return (
    <div className="jp-modelship-trouble" role="alert">
      <p>▲ {plain(silent.reason)}</p>
      {silent.remedy ? <p>{plain(silent.remedy)}</p> : null}
      <p>
        {trans.__(
          'What stands here is the last that is known: %1, revision %2.',
          was,
          service.revision
        )}
      </p>
    </div>
  );
}
