import { Button } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IService } from '../wire';
import { flawsOf } from './fields';
import type { IMeans } from './means';
import { Endpoints } from './endpoints';
import { Choices, Trouble } from './parts';
import { Reply } from './reply';
import type { Trial } from './trial';

const Form = React.lazy(() => import('./form'));

/** Fill in arguments, send them, read the reply beside them. */
export function TryIt(props: IMeans & { service: IService }): JSX.Element {
  const { model, trans } = props;
  const { contract, trial } = model;
  if (trial === null) {
    return contract.problem ? (
      <Trouble problem={contract.problem} trans={trans} />
    ) : (
      <p className="jp-modelship-card-note">
        {contract.loading
          ? trans.__('Reading the contract…')
          : trans.__('This service has no endpoint.')}
      </p>
    );
  }
  return (
    <div className="jp-modelship-try">
      <section aria-label={trans.__('Request')}>
        <Endpoints {...props} trial={trial} />
        <Samples {...props} trial={trial} />
        <Editor key={trial.operation.name} {...props} trial={trial} />
      </section>
      <section aria-label={trans.__('Reply')} aria-live="polite">
        <Reply {...props} trial={trial} />
      </section>
    </div>
  );
}

function Samples(props: IMeans & { trial: Trial }): JSX.Element {
  const { trial, trans } = props;
  const { samples } = trial.operation;
  return (
    <div className="jp-modelship-bar">
      <Choices
        label={trans.__('How the arguments are edited')}
        choices={[
          { value: 'form', label: trans.__('Form') },
          { value: 'json', label: trans.__('JSON') }
        ]}
        value={trial.raw ? 'json' : 'form'}
        onChoose={value => trial.show(value === 'json')}
      />
      <span className="jp-modelship-space" />
      {samples.map((one, at) => (
        <button
          key={at}
          className="jp-modelship-link"
          onClick={() => trial.use(one.arguments)}
        >
          {samples.length > 1
            ? trans.__('Example %1', at + 1)
            : trans.__('Example')}
        </button>
      ))}
    </div>
  );
}

function Editor(
  props: IMeans & { trial: Trial; service: IService }
): JSX.Element {
  const { trial, service, model, trans } = props;
  const serving = service.state === 'running' && !model.away;
  return (
    <form
      className="jp-modelship-editor"
      onSubmit={event => {
        event.preventDefault();
        void trial.send();
      }}
      onKeyDown={event => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          event.stopPropagation();
          void trial.send();
        }
      }}
    >
      {trial.raw ? <Raw trial={trial} trans={trans} /> : <Fields {...props} />}
      <div className="jp-modelship-bar">
        <Button
          type="submit"
          className="jp-mod-styled jp-mod-accept"
          disabled={trial.sending || trial.flaw !== '' || !serving}
          title={trans.__('Send (Ctrl+Enter)')}
        >
          {trans.__('Send')}
        </Button>
        {serving ? null : (
          <span>{trans.__('The service does not answer now.')}</span>
        )}
      </div>
    </form>
  );
}

function Fields(props: IMeans & { trial: Trial }): JSX.Element {
  const { trial, trans } = props;
  const flaws = React.useMemo(
    () => (trial.reply ? flawsOf(trial.reply.body) : []),
    [trial.reply]
  );
  if (!Object.keys(trial.operation.schema.properties ?? {}).length) {
    return (
      <p className="jp-modelship-card-note">
        {trans.__('This endpoint takes no arguments.')}
      </p>
    );
  }
  return (
    <React.Suspense
      fallback={
        <p className="jp-modelship-card-note">{trans.__('Loading…')}</p>
      }
    >
      <Form
        schema={trial.operation.schema}
        values={trial.values}
        flaws={flaws}
        trans={trans}
        onChange={values => trial.use(values)}
      />
    </React.Suspense>
  );
}

function Raw(props: { trial: Trial; trans: IMeans['trans'] }): JSX.Element {
  const { trial, trans } = props;
  return (
    <>
      <textarea
        className="jp-modelship-json jp-mod-styled"
        aria-label={trans.__('Arguments as JSON')}
        aria-invalid={trial.flaw !== ''}
        spellCheck={false}
        rows={12}
        value={trial.text}
        onChange={event => trial.write(event.target.value)}
      />
      {trial.flaw ? (
        <p className="jp-modelship-word-attention" role="alert">
          ▲ {trans.__('This is not a JSON object yet.')}
        </p>
      ) : null}
    </>
  );
}
