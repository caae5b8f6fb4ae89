import React from 'react';

import { isId } from '../core/format';
import { plain, plainLines } from '../core/plain';
import { Action } from './action';
import { useReview } from './context';
import { Findings } from './findings';

/** What happened to the review itself. What was known before stays on the page. */
export function Notices(): JSX.Element | null {
  const { trans, model } = useReview();
  const { away, changed, review } = model.state;
  if (away) {
    return (
      <Notice kind="away">
        {review === null
          ? trans.__(
              'The Jupyter server does not answer. The review opens as soon as it does.'
            )
          : trans.__(
              'The Jupyter server does not answer. This is the last review; nothing is lost.'
            )}
      </Notice>
    );
  }
  return (
    <>
      {changed && review !== null && (
        <Notice kind="changed">
          {trans.__(
            'The notebook has changed since this review, so it cannot be shipped. Review it again.'
          )}
        </Notice>
      )}
      <ProblemNotice />
    </>
  );
}

function Notice(props: {
  kind: 'away' | 'changed';
  children: string;
}): JSX.Element {
  return (
    <p
      role="alert"
      className="jp-modelship-Review-notice"
      data-kind={props.kind}
    >
      {props.children}
    </p>
  );
}

function ProblemNotice(): JSX.Element | null {
  const { trans, model, openRun } = useReview();
  const { problem } = model.state;
  if (problem === null) {
    return null;
  }
  const active = problem.code === 'run-active' && isId(problem.detail);
  return (
    <div
      role="alert"
      className="jp-modelship-Review-notice"
      data-kind="problem"
    >
      <p>
        <strong>▲ {plain(problem.message)}</strong>
      </p>
      {problem.remedy !== '' && <p>{plain(problem.remedy)}</p>}
      {active && (
        <Action
          label={trans.__('Open run')}
          onClick={() => openRun(problem.detail)}
        />
      )}
      {!active && problem.detail !== '' && (
        <details>
          <summary>{trans.__('Details')}</summary>
          <pre>{plainLines(problem.detail, 20_000)}</pre>
        </details>
      )}
      <Findings findings={problem.findings} />
    </div>
  );
}
