import * as React from 'react';

import { focusRow, useAnchor, useFocus } from './keeping';
import { type IChosen, type IListed, indexOf, keyOf } from './places';
import { drawn, type ISight, watchSight } from './sight';
import { type IRowProps, Row, ROW_HEIGHT } from './row';

type FromAbove = Pick<IRowProps, 'trans' | 'onOpen' | 'onRun' | 'onMenu'>;

export interface IListProps extends FromAbove {
  rows: readonly IListed[];
  label: string;
}

/**
 * A list that has only the rows in sight in the page; arrow keys move through all of them. Each row
 * stays the same element while its service is there; focus and what is in sight stay with it.
 */
export function ServiceList(props: IListProps): JSX.Element {
  const { rows } = props;
  const box = React.useRef<HTMLDivElement>(null);
  const [sight, setSight] = React.useState<ISight>({ first: 0, last: 30 });
  const [chosen, setChosen] = React.useState<IChosen | null>(null);
  const count = rows.length;
  const active = indexOf(rows, chosen);
  const choose = (index: number): void =>
    setChosen({ key: keyOf(rows[index].service), index });

  React.useEffect(() => watchSight(box.current, setSight), []);
  useAnchor(box, rows);
  const focus = useFocus(box, active);
  React.useEffect(() => {
    const there = rows[active];
    if (
      chosen &&
      there &&
      (chosen.index !== active || chosen.key !== keyOf(there.service))
    ) {
      choose(active);
    }
  });
  return (
    <div
      ref={box}
      className="jp-modelship-list"
      onKeyDown={event => {
        const to = target(event.key, active, count, pageOf(box.current));
        if (to !== null) {
          event.preventDefault();
          choose(to);
          reveal(box.current, to);
        }
      }}
      onFocus={event => {
        focus.came();
        const row = (event.target as HTMLElement).closest('[role=listitem]');
        const position = Number(row?.getAttribute('aria-posinset'));
        if (position) {
          choose(position - 1);
        }
      }}
      onBlur={focus.went}
    >
      <div
        role="list"
        aria-label={props.label}
        style={{ height: count * ROW_HEIGHT }}
      >
        {drawn(sight, active, count).map(index => (
          <Row
            key={keyOf(rows[index].service)}
            {...rows[index]}
            index={index}
            count={count}
            tabbable={index === active}
            trans={props.trans}
            onOpen={props.onOpen}
            onRun={props.onRun}
            onMenu={props.onMenu}
          />
        ))}
      </div>
    </div>
  );
}

/** The row that a key moves to; null for every other key. */
export function target(
  key: string,
  from: number,
  count: number,
  page: number
): number | null {
  const steps: { [key: string]: number } = {
    ArrowDown: from + 1,
    ArrowUp: from - 1,
    PageDown: from + page,
    PageUp: from - page,
    Home: 0,
    End: count - 1
  };
  const to = steps[key];
  return to === undefined || !count
    ? null
    : Math.max(0, Math.min(count - 1, to));
}

function pageOf(box: HTMLElement | null): number {
  return Math.max(1, Math.floor((box?.clientHeight ?? 0) / ROW_HEIGHT) - 1);
}

/** Scroll so that the row is in sight, and focus it once it is in the page. */
function reveal(box: HTMLElement | null, index: number): void {
  if (box === null) {
    return;
  }
  const top = index * ROW_HEIGHT;
  if (top < box.scrollTop) {
    box.scrollTop = top;
  } else if (top + ROW_HEIGHT > box.scrollTop + box.clientHeight) {
    box.scrollTop = top + ROW_HEIGHT - box.clientHeight;
  }
  requestAnimationFrame(() => focusRow(box, index));
}
