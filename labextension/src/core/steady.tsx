import type { ISignal } from '@lumino/signaling';
import * as React from 'react';

import { watchPress } from './press';

export interface ISteadyProps {
  /** After each of these it may look different. */
  signals: readonly ISignal<unknown, unknown>[];
  children(): JSX.Element;
}

/**
 * Draws its children anew at each signal, but not while a pointer is pressed on them: so a click
 * does what was pressed, though that has moved, changed or gone meanwhile. The release shows it.
 * What the click itself changes is drawn at once: else React would put a box back that was ticked.
 */
export function Steady(props: ISteadyProps): JSX.Element {
  const box = React.useRef<HTMLDivElement>(null);
  const held = React.useRef(false);
  const drawn = React.useRef<JSX.Element | null>(null);
  const [, draw] = React.useReducer((count: number) => count + 1, 0);

  React.useLayoutEffect(
    () =>
      watchPress(box.current!, press => {
        held.current = press === 'pressed';
        if (press === 'over') {
          draw();
        }
      }),
    []
  );
  React.useLayoutEffect(() => {
    props.signals.forEach(signal => signal.connect(draw));
    return () => props.signals.forEach(signal => signal.disconnect(draw));
  }, props.signals);

  // The same element again: React leaves what it stands for as it is.
  if (!held.current || drawn.current === null) {
    drawn.current = props.children();
  }
  return (
    <div ref={box} style={{ display: 'contents' }}>
      {drawn.current}
    </div>
  );
}
