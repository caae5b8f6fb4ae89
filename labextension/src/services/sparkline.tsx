import * as React from 'react';

const WIDTH = 56;
const HEIGHT = 14;

/** The points of a line through `values`, the newest at the right end, highest at the top. */
export function points(
  values: readonly number[],
  width: number,
  height: number,
  slots: number
): [number, number][] {
  const shown = thinned(values, slots);
  const top = Math.max(...shown, 0) || 1;
  const step = width / Math.max(1, slots - 1);
  const left = width - step * (shown.length - 1);
  return shown.map((value, at) => [
    left + at * step,
    height - (value / top) * height
  ]);
}

/** `values` as at most `slots` means of neighbours, grouped from the newest back. */
export function thinned(values: readonly number[], slots: number): number[] {
  const size = Math.max(1, Math.ceil(values.length / slots));
  const means: number[] = [];
  for (let end = values.length; end > 0; end -= size) {
    const group = values.slice(Math.max(0, end - size), end);
    means.unshift(group.reduce((sum, one) => sum + one, 0) / group.length);
  }
  return means;
}

/** Requests a second of the last hour; for the eye alone, the figures say it in words. */
export const Sparkline = React.memo(Line);

function Line(props: { values: readonly number[] }): JSX.Element {
  const line = points(props.values, WIDTH, HEIGHT - 2, WIDTH / 2)
    .map(([x, y]) => `${x.toFixed(1)},${(y + 1).toFixed(1)}`)
    .join(' ');
  return (
    <svg
      className="jp-modelship-sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      aria-hidden="true"
    >
      <polyline points={line} fill="none" stroke="currentColor" />
    </svg>
  );
}
