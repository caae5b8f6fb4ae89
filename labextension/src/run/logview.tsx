import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useEffect, useLayoutEffect, useRef, useState } from 'react';

import type { ILine, Log } from './log';

interface ILogViewProps {
  log: Log;
  trans: TranslationBundle;
  /** Stay with the newest line. */
  follow: boolean;
  setFollow(follow: boolean): void;
  /** What is looked for, and the position of the line that is shown for it. */
  wanted: string;
  at: number | null;
}

/** Height of a line where nothing has one, as in tests. */
const LINE = 18;
/** Lines above and below what is seen, so that scrolling finds them there. */
const MARGIN = 20;
/** Pixels from the end that still count as the end. */
const NEAR = 4;

/** The log: only the lines that are seen are in the page. */
export function LogView(props: ILogViewProps): JSX.Element {
  const { log, trans, follow, setFollow, wanted, at } = props;
  const box = useRef<HTMLDivElement>(null);
  const probe = useRef<HTMLDivElement>(null);
  const dropped = useRef(log.dropped);
  const [top, setTop] = useState(0);
  const { height, line } = useSizes(box, probe);
  const count = log.length;

  useLayoutEffect(() => {
    const gone = log.dropped - dropped.current;
    dropped.current = log.dropped;
    if (!box.current) {
      return;
    }
    if (follow) {
      box.current.scrollTop = count * line;
    } else if (gone > 0) {
      box.current.scrollTop -= gone * line;
    }
  });
  useEffect(() => {
    if (at !== null && box.current) {
      box.current.scrollTop = Math.max(at * line - height / 2, 0);
    }
  }, [at, wanted]);

  const scrolled = () => {
    const node = box.current!;
    setTop(node.scrollTop);
    const end = node.scrollHeight - node.clientHeight - node.scrollTop;
    if (end <= NEAR !== follow && node.clientHeight > 0) {
      setFollow(end <= NEAR);
    }
  };
  const from = Math.max(Math.floor(top / line) - MARGIN, 0);
  const to = Math.min(from + Math.ceil(height / line) + 2 * MARGIN, count);
  return (
    <div
      className="jp-modelship-Run-log"
      role="log"
      aria-label={trans.__('Log')}
      aria-live="off"
      tabIndex={0}
      ref={box}
      onScroll={scrolled}
    >
      <div
        className="jp-modelship-Run-lines"
        style={{ height: count * line, minWidth: `${log.longest}ch` }}
      >
        <div className="jp-modelship-Run-probe" aria-hidden="true" ref={probe}>
          {'\u00a0'}
        </div>
        <div style={{ transform: `translateY(${from * line}px)` }}>
          {log.slice(from, to).map((each, index) => (
            <Line
              key={each.number}
              line={each}
              wanted={wanted}
              current={from + index === at}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

interface ILineProps {
  line: ILine;
  wanted: string;
  current: boolean;
}

const Line = React.memo(({ line, wanted, current }: ILineProps) => {
  const hit =
    wanted !== '' && line.text.toLowerCase().includes(wanted.toLowerCase());
  const classes = [
    'jp-modelship-Run-line',
    hit ? 'jp-mod-found' : '',
    current ? 'jp-mod-current' : ''
  ];
  return (
    <div className={classes.filter(Boolean).join(' ')}>
      {line.spans.map((span, index) => (
        <span key={index} className={span.classes || undefined}>
          {span.text}
        </span>
      ))}
      {line.text === '' && '\u00a0'}
    </div>
  );
});

/** Height of the box and of a line in it, as they are now. */
function useSizes(
  box: React.RefObject<HTMLDivElement>,
  probe: React.RefObject<HTMLDivElement>
): { height: number; line: number } {
  const [sizes, setSizes] = useState({ height: 0, line: LINE });
  useLayoutEffect(() => {
    const measure = () =>
      setSizes({
        height: box.current?.clientHeight ?? 0,
        line: probe.current?.offsetHeight || LINE
      });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  return sizes;
}
