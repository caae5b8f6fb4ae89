import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { rate } from '../services/figures';
import { points } from '../services/sparkline';

const WIDTH = 600;
const HEIGHT = 96;
const SLOTS = 360;

/** Requests a second over the last hour, the highest value as the scale. */
export function Chart(props: {
  rates: readonly number[];
  trans: TranslationBundle;
}): JSX.Element {
  const { rates, trans } = props;
  const top = Math.max(...rates, 0);
  const line = points(rates, WIDTH, HEIGHT, SLOTS)
    .map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`)
    .join(' ');
  return (
    <figure className="jp-modelship-chart">
      <figcaption>
        <span>{trans.__('Requests a second')}</span>
        <span>{trans.__('at most %1', rate(top))}</span>
      </figcaption>
      <svg
        viewBox={`0 -2 ${WIDTH} ${HEIGHT + 4}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={trans.__('Requests a second over the last hour')}
      >
        <line x1="0" x2={WIDTH} y1={HEIGHT} y2={HEIGHT} />
        <polyline points={line} fill="none" stroke="currentColor" />
      </svg>
      <div className="jp-modelship-chart-scale" aria-hidden="true">
        <span>{trans.__('1 h ago')}</span>
        <span>{trans.__('now')}</span>
      </div>
    </figure>
  );
}
