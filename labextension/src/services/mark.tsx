import * as React from 'react';

import type { Mark as Kind } from './rows';

/** A state as a shape of its own: full, half, empty, broken circle; triangle. The word stands beside it. */
export function Mark(props: { kind: Kind }): JSX.Element {
  return (
    <svg
      className={`jp-modelship-shape jp-modelship-shape-${props.kind}`}
      viewBox="0 0 12 12"
      aria-hidden="true"
    >
      {SHAPES[props.kind]}
    </svg>
  );
}

const HOLLOW = {
  cx: 6,
  cy: 6,
  r: 4,
  fill: 'none',
  stroke: 'currentColor',
  strokeWidth: 1.2
};

const SHAPES: { [kind in Kind]: JSX.Element } = {
  running: <circle cx="6" cy="6" r="4.5" fill="currentColor" />,
  busy: (
    <>
      <circle {...HOLLOW} />
      <path d="M6 2a4 4 0 0 1 0 8z" fill="currentColor" />
    </>
  ),
  stopped: <circle {...HOLLOW} />,
  silent: <circle {...HOLLOW} strokeDasharray="2 1.6" />,
  attention: <path d="M6 1 11.4 10.6H.6z" fill="currentColor" />
};
