import type { TranslationBundle } from '@jupyterlab/translation';
import { ellipsesIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { plain } from '../core/plain';
import type { IService } from '../wire';
import { doingWord, type Verb } from './actions';
import { Mark } from './mark';
import type { IProgress } from './progress';
import { type IRow, rowOf } from './rows';
import { Sparkline } from './sparkline';

/** Pixels; style/services.css says the same. */
export const ROW_HEIGHT = 52;

export interface IRowProps {
  service: IService;
  progress: IProgress | null;
  /** What is being done to it by hand. */
  doing: Verb | null;
  index: number;
  count: number;
  /** The row that takes the keyboard. */
  tabbable: boolean;
  trans: TranslationBundle;
  onOpen(service: IService): void;
  onRun(run: string): void;
  onMenu(service: IService, at: { x: number; y: number }): void;
}

/** Two lines of one service. */
export const Row = React.memo(RowView);

function RowView(props: IRowProps): JSX.Element {
  const { service, trans } = props;
  const row = rowOf(service, props.progress, trans);
  const name = plain(service.service);
  const tab = props.tabbable ? 0 : -1;
  return (
    <div
      className="jp-modelship-row"
      role="listitem"
      aria-setsize={props.count}
      aria-posinset={props.index + 1}
      style={{ top: props.index * ROW_HEIGHT }}
      onContextMenu={event => {
        event.preventDefault();
        event.stopPropagation();
        props.onMenu(service, { x: event.clientX, y: event.clientY });
      }}
    >
      <Mark kind={props.doing ? 'busy' : row.mark} />
      <button
        className="jp-modelship-row-name"
        data-row={props.index}
        tabIndex={tab}
        title={[name, row.place, row.revision].filter(Boolean).join(' · ')}
        onClick={() => props.onOpen(service)}
      >
        <span className="jp-modelship-row-title">{name}</span>
        <span className="jp-modelship-row-place">
          <span>{row.place}</span>
          <span>{row.revision && ` · ${row.revision}`}</span>
        </span>
      </button>
      <button
        className="jp-modelship-row-more"
        tabIndex={tab}
        aria-haspopup="menu"
        aria-label={trans.__('More for %1', name)}
        title={trans.__('More')}
        onClick={event => {
          const box = event.currentTarget.getBoundingClientRect();
          props.onMenu(service, { x: box.left, y: box.bottom });
        }}
      >
        <ellipsesIcon.react tag="span" width="16px" height="16px" />
      </button>
      <Second {...props} row={row} tab={tab} />
    </div>
  );
}

function Second(props: IRowProps & { row: IRow; tab: number }): JSX.Element {
  const { row, trans, doing } = props;
  if (doing) {
    return (
      <div className="jp-modelship-row-second">{doingWord(doing, trans)}…</div>
    );
  }
  const run = row.run;
  if (run === null) {
    return (
      <div className="jp-modelship-row-second" title={plain(row.detail)}>
        <Words row={row} />
        {row.figures ? (
          <>
            <span className="jp-modelship-row-figures">{row.figures}</span>
            <Sparkline values={row.rates} />
          </>
        ) : null}
      </div>
    );
  }
  return (
    <button
      className="jp-modelship-row-second jp-modelship-row-run"
      tabIndex={props.tab}
      title={plain(row.detail)}
      onClick={() => props.onRun(run)}
    >
      <Words row={row} />
      {row.percent !== null ? (
        <progress
          className="jp-modelship-row-progress"
          max={100}
          value={row.percent}
          aria-label={trans.__('Progress of the run')}
        />
      ) : null}
    </button>
  );
}

/** The word always has room; what stands behind it takes what is left. */
function Words(props: { row: IRow }): JSX.Element {
  const { row } = props;
  const separator = row.mark === 'attention' ? ': ' : ' · ';
  return (
    <>
      <span className={`jp-modelship-word-${row.mark}`}>{row.word}</span>
      <span className="jp-modelship-row-detail">
        {row.detail ? separator + plain(row.detail) : ''}
      </span>
    </>
  );
}
