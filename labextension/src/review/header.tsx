import React, { useEffect, useState } from 'react';

import { plain } from '../core/plain';
import type { IAbout } from '../tokens';
import { useReview } from './context';
import { headline } from './words';

/** What goes where, in figures. */
export function Header(): JSX.Element {
  const { trans, model } = useReview();
  const { review, path, busy } = model.state;
  const name = path.split('/').pop() ?? path;
  return (
    <header className="jp-modelship-Review-header">
      <h1>
        {plain(review?.service || name, 80)} <span aria-hidden="true">→</span>{' '}
        <Target />
      </h1>
      <p aria-busy={busy !== 'no'}>
        {review === null || review.files.length === 0
          ? plain(path)
          : plain(headline(review, trans).join(' · '))}
      </p>
    </header>
  );
}

/** Where it runs; a choice where there is one. */
function Target(): JSX.Element {
  const { trans, model, about } = useReview();
  const [targets, setTargets] = useState<IAbout['targets']>([]);
  useEffect(() => {
    about.then(
      told => setTargets(told.targets.filter(target => target.available)),
      () => undefined
    );
  }, [about]);
  const now = model.state.review?.target ?? 'local';
  if (targets.length < 2) {
    return <span>{plain(now)}</span>;
  }
  return (
    <select
      className="jp-modelship-Review-target"
      aria-label={trans.__('Target')}
      value={now}
      onChange={event => model.setOption('target', event.target.value)}
    >
      {targets.map(target => (
        <option key={target.name}>{target.name}</option>
      ))}
    </select>
  );
}
