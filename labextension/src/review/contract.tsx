import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useMemo } from 'react';

import { plain } from '../core/plain';
import type { IReview } from '../wire';
import { Action } from './action';
import { useReview } from './context';
import { type ISignature, signatures } from './signature';

/** What callers can rely on: endpoints, what the rehearsal has yet to tell, what breaks for them. */
export function Contract(props: { review: IReview }): JSX.Element {
  const { trans } = useReview();
  const { review } = props;
  const endpoints = useMemo(() => signatures(review.openapi), [review.openapi]);
  return (
    <section
      className="jp-modelship-Review-section"
      aria-label={trans.__('Contract')}
    >
      <h3>{trans.__('Contract')}</h3>
      <ul className="jp-modelship-Review-endpoints">
        {endpoints.map(one => (
          <Endpoint key={one.method + one.path} endpoint={one} />
        ))}
      </ul>
      {review.breaking.map((one, index) => (
        <p key={index} className="jp-modelship-Review-breaking">
          <strong>△ {trans.__('Breaking for callers')}</strong>{' '}
          {plain(one.message)}
        </p>
      ))}
      <Rehearse review={review} />
    </section>
  );
}

function Endpoint(props: { endpoint: ISignature }): JSX.Element {
  const { method, path, takes, returns, summary } = props.endpoint;
  const named = takes.map(
    one => `${one.name}${one.required ? '' : '?'}: ${one.type}`
  );
  return (
    <li>
      <code>
        <strong>
          {method} {plain(path)}
        </strong>{' '}
        {plain(`{${named.join(', ')}} → ${returns}`)}
      </code>
      {summary !== '' && <p>{plain(summary)}</p>}
    </li>
  );
}

/** Holes, and the button that fills them before anything ships. */
function Rehearse(props: { review: IReview }): JSX.Element | null {
  const { trans, model } = useReview();
  const { review } = props;
  const { rehearsal } = model.state;
  if (review.rehearsed) {
    return (
      <p>
        ✓{' '}
        {trans.__(
          'Rehearsed: this very plan answers its examples as the notebook did.'
        )}
      </p>
    );
  }
  return (
    <div className="jp-modelship-Review-rehearse">
      <p>{missing(review, trans)}</p>
      {rehearsal?.active ? (
        <Progress />
      ) : (
        <Action
          label={trans.__('Rehearse now')}
          disabled={!model.rehearsable}
          onClick={() => void model.rehearse()}
        />
      )}
      <Failure />
    </div>
  );
}

function missing(review: IReview, trans: TranslationBundle): string {
  const parts = [trans.__('Not rehearsed yet; shipping does it first.')];
  if (review.holes.length > 0) {
    const names = plain(review.holes.join(', '));
    parts.push(trans.__('It will tell what these are: %1.', names));
  }
  const known = review.artifacts.map(each => each.name);
  const computed = review.computed.filter(name => !known.includes(name));
  if (computed.length > 0) {
    const names = plain(computed.join(', '));
    parts.push(trans.__('It will compute %1.', names));
  }
  if (review.live !== null) {
    parts.push(
      trans.__(
        'Until then the files show what revision %1 computed.',
        review.live.revision
      )
    );
  }
  return parts.join(' ');
}

function Progress(): JSX.Element {
  const { trans, model, openRun } = useReview();
  const rehearsal = model.state.rehearsal!;
  const stage = rehearsal.stage || trans.__('starting');
  return (
    <>
      <span role="status">{trans.__('Rehearsal, stage %1…', stage)}</span>
      <Action
        label={trans.__('Open run')}
        onClick={() => openRun(rehearsal.run)}
      />
      <Action
        label={trans.__('Cancel rehearsal')}
        onClick={() => void model.cancelRehearsal()}
      />
    </>
  );
}

function Failure(): JSX.Element | null {
  const { trans, model, openRun, goToCell } = useReview();
  const { rehearsal } = model.state;
  if (!rehearsal?.error) {
    return null;
  }
  const { message, remedy, cell, line } = rehearsal.error;
  return (
    <div
      role="alert"
      className="jp-modelship-Review-notice"
      data-kind="problem"
    >
      <p>
        <strong>▲ {trans.__('The rehearsal failed')}</strong> {plain(message)}
      </p>
      {remedy !== '' && <p>{plain(remedy)}</p>}
      {cell !== null && (
        <Action
          label={trans.__('Go to cell')}
          onClick={() => goToCell(cell, line ?? undefined)}
        />
      )}
      <Action
        label={trans.__('Open run')}
        onClick={() => openRun(rehearsal.run)}
      />
    </div>
  );
}
