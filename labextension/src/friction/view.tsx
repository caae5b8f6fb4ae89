import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import React, { useId } from 'react';
import { plain, plainLines } from '../core/plain';
import { Steady } from '../core/steady';
import { link } from './link';
import type { FrictionModel } from './model';

/** Body of the dialog: a note, what else leaves, and where to ask. */
export class FrictionView extends ReactWidget {
  constructor(
    private readonly _model: FrictionModel,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-modelship-friction');
  }

  protected override render(): JSX.Element {
    return (
      <Steady signals={[this._model.changed]}>
        {() => <Report model={this._model} trans={this._trans} />}
      </Steady>
    );
  }
}

interface IProps {
  model: FrictionModel;
  trans: TranslationBundle;
}

function Report({ model, trans }: IProps): JSX.Element {
  const note = useId();
  const report = useId();
  return (
    <>
      <p>{trans.__('Nothing leaves before you copy or send it.')}</p>
      <label htmlFor={note}>{trans.__('What was hard?')}</label>
      <textarea
        id={note}
        className="jp-mod-styled"
        rows={3}
        maxLength={4000}
        value={model.note}
        onChange={event => model.write(event.target.value)}
      />
      {model.run && (
        <label className="jp-modelship-friction-code">
          <input
            type="checkbox"
            checked={model.code}
            onChange={event => void model.load(event.target.checked)}
          />
          {trans.__('Include the code of the cell')}
        </label>
      )}
      <span id={report}>{trans.__('The report')}</span>
      <Preview model={model} trans={trans} labelledBy={report} />
      <Links model={model} trans={trans} />
    </>
  );
}

function Preview({
  model,
  trans,
  labelledBy
}: IProps & { labelledBy: string }): JSX.Element {
  const { problem } = model;
  if (problem) {
    return (
      <div role="alert">
        <p>{plain(problem.message)}</p>
        <p>{plain(problem.remedy)}</p>
      </div>
    );
  }
  return (
    <pre
      role="document"
      tabIndex={0}
      aria-labelledby={labelledBy}
      aria-busy={!model.ready}
    >
      {model.ready ? plainLines(model.text) : trans.__('Putting it together…')}
    </pre>
  );
}

/** Places that the administrator named; only such as a browser may be sent to. */
function Links({ model, trans }: IProps): JSX.Element | null {
  const questions = link(model.about.questions_url);
  const faq = link(model.about.faq_url, model.error);
  if (!questions && !faq) {
    return null;
  }
  return (
    <ul className="jp-modelship-friction-links">
      {faq && (
        <li>
          <Away to={faq}>
            {model.error
              ? trans.__('What is known about %1', plain(model.error, 100))
              : trans.__('Frequent questions')}
          </Away>
        </li>
      )}
      {questions && (
        <li>
          <Away to={questions}>{trans.__('Ask a question')}</Away>
        </li>
      )}
    </ul>
  );
}

function Away({ to, children }: { to: string; children: string }): JSX.Element {
  return (
    <a href={to} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}
