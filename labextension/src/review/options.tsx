import React, { lazy, Suspense, useEffect, useState } from 'react';

import { plain } from '../core/plain';
import type { IReview, Json } from '../wire';
import { Action } from './action';
import { useReview } from './context';

const OptionsForm = lazy(() => import('./optionsform'));

/** Options in one line; the form opens below it. Changing one reviews again. */
export function OptionsPart(props: { review: IReview }): JSX.Element {
  const { trans, model } = useReview();
  const { review } = props;
  const { options } = model.state;
  const [open, setOpen] = useState(false);
  const touched = Object.keys(options).length > 0;
  return (
    <section
      className="jp-modelship-Review-section"
      aria-label={trans.__('Options')}
    >
      <details onToggle={event => setOpen(event.currentTarget.open)}>
        <summary>
          <h3>{trans.__('Options')}</h3> <span>{plain(told(review))}</span>
        </summary>
        {open && <Form review={review} />}
      </details>
      {touched && (
        <p className="jp-modelship-Review-keep">
          {trans.__('Set here: %1.', plain(Object.keys(options).join(', ')))}
          <Action
            label={trans.__('Save in the notebook')}
            onClick={() => void model.keepOptions()}
          />
          <Action
            label={trans.__('Undo')}
            onClick={() => model.setOptions({})}
          />
        </p>
      )}
    </section>
  );
}

/** The options that somebody set: "name iris · keep_revisions 3"; name and target always. */
function told(review: IReview): string {
  const given = Object.keys(review.given).filter(
    name => name !== 'name' && name !== 'target'
  );
  const parts = given.map(name => `${name} ${text(review.options[name])}`);
  return [`name ${review.service}`, `target ${review.target}`, ...parts].join(
    ' · '
  );
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

function Form(props: { review: IReview }): JSX.Element {
  const { trans, model, schema } = useReview();
  const [form, setForm] = useState<Json | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    schema().then(setForm, () => setFailed(true));
  }, []);
  if (failed) {
    return (
      <p role="alert">
        {trans.__(
          'The options cannot be loaded. Close and open this part again.'
        )}
      </p>
    );
  }
  if (form === null) {
    return <p>{trans.__('Loading the options…')}</p>;
  }
  return (
    <Suspense fallback={<p>{trans.__('Loading the options…')}</p>}>
      <OptionsForm
        schema={form}
        values={{ ...props.review.options, ...model.state.options }}
        onChange={(name, value) => model.setOption(name, value)}
      />
    </Suspense>
  );
}
