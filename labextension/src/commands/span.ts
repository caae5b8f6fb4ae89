import type { Cell } from '@jupyterlab/cells';

import { viewOf } from '../core/mark';

/** From where to where something reaches, in pixels of the window. */
export interface ISpan {
  readonly top: number;
  readonly bottom: number;
}

/** Room that stays at both ends of the view, in pixels: something may be said below a line. */
const ROOM = 48;

/**
 * How many pixels to scroll down for `target` to be seen in `view`; 0 where it is. What is too tall
 * begins near the top, what fits comes to the middle.
 *
 * @param roomy whether the edge of the view is not good enough
 */
export function correction(target: ISpan, view: ISpan, roomy: boolean): number {
  const height = view.bottom - view.top;
  const size = target.bottom - target.top;
  if (size > height) {
    const start = target.top - view.top;
    return start >= 0 && start <= height / 2 ? 0 : start - height / 8;
  }
  const room = Math.min(roomy ? ROOM : 0, (height - size) / 2);
  const seen =
    target.top >= view.top + room - 1 &&
    target.bottom <= view.bottom - room + 1;
  return seen ? 0 : (target.top + target.bottom - view.top - view.bottom) / 2;
}

/** `span`, `by` pixels further down. */
export function shifted(span: ISpan, by: number): ISpan {
  return { top: span.top + by, bottom: span.bottom + by };
}

/** Where a line of a cell is, with what is said below it; null where no editor is shown. */
export function lineSpan(cell: Cell, line: number | null): ISpan | null {
  const view = cell.editor && viewOf(cell.editor);
  if (!view || line === null || view.dom.offsetHeight === 0) {
    return null;
  }
  const { doc } = view.state;
  const { from } = doc.line(Math.min(Math.max(line, 1), doc.lines));
  const block = view.lineBlockAt(from);
  const top = view.documentTop + block.top * view.scaleY;
  return { top, bottom: top + block.height * view.scaleY };
}
