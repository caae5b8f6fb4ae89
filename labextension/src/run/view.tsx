import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { plain } from '../core/plain';
import type { IActions } from './cause';
import { Cause, Findings } from './cause';
import { LogPanel } from './logpanel';
import type { RunModel } from './model';
import { StageList } from './stagelist';
import { heading, stateWord, status } from './words';

export interface IRunViewProps {
  model: RunModel;
  trans: TranslationBundle;
  actions: IActions;
  logUrl: string;
  follow: boolean;
}

/** A run: how it stands, its stages, what went wrong, its log. */
export function RunView(props: IRunViewProps): JSX.Element {
  const { model, trans, actions } = props;
  const path = model.run?.path;
  return (
    <>
      <Header {...props} />
      {model.away && (
        <p className="jp-modelship-Run-notice" role="status">
          {trans.__(
            'Reconnecting to the server. The run goes on, nothing is lost.'
          )}
        </p>
      )}
      {model.problem && (
        <p className="jp-modelship-Run-notice jp-mod-problem" role="alert">
          {plain(model.problem.message)} {plain(model.problem.remedy)}
        </p>
      )}
      <StageList stages={model.stages.shown} trans={trans} />
      {model.state === 'failed' && model.error && (
        <Cause model={model} trans={trans} actions={actions} />
      )}
      {model.findings.length > 0 && !model.error?.findings.length && (
        <Findings
          findings={model.findings}
          trans={trans}
          goToCell={path ? actions.goToCell : null}
        />
      )}
      <LogPanel
        log={model.log}
        trans={trans}
        url={props.logUrl}
        follow={props.follow}
      />
    </>
  );
}

function Header({ model, trans, actions }: IRunViewProps): JSX.Element {
  const { state, result } = model;
  const ended = state === 'cancelled' || state === 'interrupted';
  return (
    <header className="jp-modelship-Run-header">
      <div>
        <h1>{heading(model, trans)}</h1>
        <p>
          <strong>{stateWord(state, trans)}</strong>
          {' · '}
          <span role="status">{status(model, trans)}</span>
        </p>
        {ended && model.reason && <p>{plain(model.reason)}</p>}
      </div>
      <div className="jp-modelship-Run-buttons">
        {model.active && (
          <button
            className="jp-mod-styled jp-mod-reject"
            onClick={() => void model.cancel()}
          >
            {trans.__('Cancel')}
          </button>
        )}
        {state === 'succeeded' && result && model.run?.until !== 'prove' && (
          <button
            className="jp-mod-styled jp-mod-accept"
            onClick={() => actions.openService(result.service)}
          >
            {trans.__('Open service')}
          </button>
        )}
        {ended && model.run?.path && (
          <button
            className="jp-mod-styled jp-mod-accept"
            onClick={actions.retry}
          >
            {trans.__('Retry')}
          </button>
        )}
      </div>
    </header>
  );
}
