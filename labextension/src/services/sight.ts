import type * as React from 'react';

import { ROW_HEIGHT } from './row';

/** Rows kept above and below the ones in sight. */
const MARGIN = 8;

/** The rows that can be seen, the last not included. */
export interface ISight {
  first: number;
  last: number;
}

/** The rows in the page, in their order: elements that change places would lose clicks. */
export function drawn(sight: ISight, active: number, count: number): number[] {
  const first = Math.max(0, Math.min(sight.first, count - 1) - MARGIN);
  const last = Math.min(count, sight.last + MARGIN);
  const indices = Array.from(
    { length: Math.max(0, last - first) },
    (_, at) => first + at
  );
  // It keeps the focus while it is scrolled out of sight.
  if (active < first) {
    return [active, ...indices];
  }
  return active >= last && active < count ? [...indices, active] : indices;
}

/** Tell which rows are in sight, at most once a frame, until the returned function is called. */
export function watchSight(
  box: HTMLElement | null,
  tell: React.Dispatch<React.SetStateAction<ISight>>
): () => void {
  if (box === null) {
    return () => undefined;
  }
  let frame = 0;
  const read = (): void => {
    frame = 0;
    const first = Math.floor(box.scrollTop / ROW_HEIGHT);
    const last = first + Math.ceil(box.clientHeight / ROW_HEIGHT) + 1;
    tell(old =>
      old.first === first && old.last === last ? old : { first, last }
    );
  };
  const soon = (): void => {
    frame ||= requestAnimationFrame(read);
  };
  const sizes = new ResizeObserver(soon);
  sizes.observe(box);
  box.addEventListener('scroll', soon, { passive: true });
  soon();
  return () => {
    cancelAnimationFrame(frame);
    sizes.disconnect();
    box.removeEventListener('scroll', soon);
  };
}
