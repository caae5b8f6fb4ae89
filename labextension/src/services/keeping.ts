import * as React from 'react';

import { type IListed, moved } from './places';
import { ROW_HEIGHT } from './row';

/** What is in sight stays there while rows come and go above it. */
export function useAnchor(
  box: React.RefObject<HTMLDivElement>,
  rows: readonly IListed[]
): void {
  const before = React.useRef(rows);
  const top = React.useRef(0);
  React.useEffect(() => {
    const list = box.current!;
    const read = (): void => {
      top.current = list.scrollTop;
    };
    list.addEventListener('scroll', read, { passive: true });
    return () => list.removeEventListener('scroll', read);
  }, []);
  React.useLayoutEffect(() => {
    const first = Math.floor(top.current / ROW_HEIGHT);
    const by = first > 0 ? moved(before.current, rows, first) : 0;
    before.current = rows;
    if (by && box.current) {
      box.current.scrollTop = top.current += by * ROW_HEIGHT;
    }
  });
}

/** The focus stays in the list where what had it is gone: then the active row has it. */
export function useFocus(
  box: React.RefObject<HTMLDivElement>,
  active: number
): { came(): void; went(): void } {
  const here = React.useRef(false);
  React.useLayoutEffect(() => {
    const page = box.current?.ownerDocument;
    if (here.current && page?.activeElement === page?.body) {
      focusRow(box.current, active);
    }
  });
  return {
    came: () => {
      here.current = true;
    },
    went: () => {
      here.current = false;
    }
  };
}

/** Give the focus to a row that is in the page. */
export function focusRow(box: HTMLElement | null, index: number): void {
  box
    ?.querySelector<HTMLElement>(`[data-row="${index}"]`)
    ?.focus({ preventScroll: true });
}
