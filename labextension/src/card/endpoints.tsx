import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import { plain } from '../core/plain';
import type { IMeans } from './means';
import type { Trial } from './trial';

/** Which endpoint; a choice only where there is one. */
export function Endpoints(props: IMeans & { trial: Trial }): JSX.Element {
  const { model, trial, trans } = props;
  const trials = model.contract.value ?? [];
  const { operation } = trial;
  return (
    <div className="jp-modelship-endpoint">
      {trials.length > 1 ? (
        <HTMLSelect
          aria-label={trans.__('Endpoint')}
          value={operation.name}
          onChange={event => {
            model.endpoint = event.target.value;
          }}
        >
          {trials.map(({ operation: one }) => (
            <option key={one.name} value={one.name}>
              {plain(`${one.method} ${one.path}`)}
            </option>
          ))}
        </HTMLSelect>
      ) : (
        <code>{plain(`${operation.method} ${operation.path}`)}</code>
      )}
      {operation.summary ? <span>{plain(operation.summary)}</span> : null}
    </div>
  );
}
