import * as React from 'react';

import type { IService } from '../wire';
import { type IRowProps, Row, ROW_HEIGHT } from './row';

/** Rows kept above and below the ones in sight. */
const MARGIN = 8;

type FromAbove = Pick<IRowProps, 'trans' | 'onOpen' | 'onRun' | 'onMenu'>;

/** The rows that can be seen, the last not included. */
interface ISight {
  first: number;
  last: number;
}

export interface IListProps extends FromAbove {
  services: readonly IService[];
  label: string;
  progressOf(service: IService): IRowProps['progress'];
  doingOf(service: IService): IRowProps['doing'];
}

/** A list that has only the rows in sight in the page; arrow keys move through all of them. */
export function ServiceList(props: IListProps): JSX.Element {
  const box = React.useRef<HTMLDivElement>(null);
  const [sight, setSight] = React.useState<ISight>({ first: 0, last: 30 });
  const [chosen, setChosen] = React.useState(0);
  const count = props.services.length;
  const active = Math.min(chosen, Math.max(0, count - 1));

  React.useEffect(() => watch(box.current, setSight), []);

  const choose = (to: number): void => {
    setChosen(to);
    reveal(box.current, to);
  };
  const first = Math.max(0, Math.min(sight.first, count - 1) - MARGIN);
  const last = Math.min(count, sight.last + MARGIN);
  const indices = Array.from(
    { length: Math.max(0, last - first) },
    (_, at) => first + at
  );
  if (active < first || active >= last) {
    indices.push(active); // it keeps the focus while it is scrolled out of sight
  }
  return (
    <div
      ref={box}
      className="jp-modelship-list"
      onKeyDown={event => {
        const to = target(event.key, active, count, pageOf(box.current));
        if (to !== null) {
          event.preventDefault();
          choose(to);
        }
      }}
      onFocus={event => {
        const row = (event.target as HTMLElement).closest('[role=listitem]');
        const position = Number(row?.getAttribute('aria-posinset'));
        if (position) {
          setChosen(position - 1);
        }
      }}
    >
      <div
        role="list"
        aria-label={props.label}
        style={{ height: count * ROW_HEIGHT }}
      >
        {indices.map(index => {
          const service = props.services[index];
          return service ? (
            <Row
              key={service.service}
              service={service}
              progress={props.progressOf(service)}
              doing={props.doingOf(service)}
              index={index}
              count={count}
              tabbable={index === active}
              trans={props.trans}
              onOpen={props.onOpen}
              onRun={props.onRun}
              onMenu={props.onMenu}
            />
          ) : null;
        })}
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

/** Tell which rows are in sight, at most once a frame, until the returned function is called. */
function watch(
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
  requestAnimationFrame(() => {
    box
      .querySelector<HTMLElement>(`[data-row="${index}"]`)
      ?.focus({ preventScroll: true });
  });
}
