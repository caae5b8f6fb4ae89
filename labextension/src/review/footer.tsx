import React from 'react';

import { plain } from '../core/plain';
import { Action } from './action';
import { useReview } from './context';
import { standing } from './words';

/** Why Ship waits, and the one primary button: the next thing to do. */
export function Footer(): JSX.Element {
  const { trans, model, close } = useReview();
  const now = model.obstacle;
  return (
    <footer className="jp-modelship-Review-footer">
      <span role="status" id="jp-modelship-standing">
        {standing(model.state, now, trans)}
      </span>
      {(now === 'blocked' || now === 'untagged') && (
        <Action
          label={trans.__('Review again')}
          onClick={() => void model.review()}
        />
      )}
      {now === 'unchanged' && (
        <Action
          label={trans.__('Ship again')}
          onClick={() => void model.ship('again')}
        />
      )}
      <button className="jp-mod-styled jp-mod-reject" onClick={close}>
        {now === 'shipped' ? trans.__('Close') : trans.__('Cancel')}
      </button>
      <Primary />
    </footer>
  );
}

function Primary(): JSX.Element {
  const { trans, model, nextRevision, openRun, openService } = useReview();
  const now = model.obstacle;
  const { review, shipped } = model.state;
  switch (now) {
    case 'changed':
    case 'problem':
      return (
        <Main
          label={trans.__('Review again')}
          onClick={() => void model.review()}
        />
      );
    case 'shipped':
      return (
        <Main label={trans.__('Open run')} onClick={() => openRun(shipped!)} />
      );
    case 'unchanged':
      return (
        <Main
          label={trans.__('Open %1', plain(review!.service, 40))}
          onClick={() => openService(review!.service)}
        />
      );
    default:
      return (
        <Main
          label={trans.__('Ship revision %1', nextRevision())}
          disabled={now !== 'none'}
          onClick={() => void model.ship()}
        />
      );
  }
}

function Main(props: {
  label: string;
  disabled?: boolean;
  onClick(): void;
}): JSX.Element {
  return (
    <button
      className="jp-mod-styled jp-mod-accept"
      aria-describedby="jp-modelship-standing"
      disabled={props.disabled}
      onClick={props.onClick}
    >
      {props.label}
    </button>
  );
}
