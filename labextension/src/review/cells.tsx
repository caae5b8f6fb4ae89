import { launchIcon } from '@jupyterlab/ui-components';
import React, { useRef } from 'react';

import { reason } from '../cells/reason';
import { plain } from '../core/plain';
import type { ICell, IReview } from '../wire';
import { useReview } from './context';

interface ICellsProps {
  review: IReview;
  /** Id of the cell whose lines are lit. */
  lit: string | null;
  /** The pointer or the focus is on a cell. */
  onOver(cell: string | null): void;
  /** A cell was chosen: its lines are to be shown. */
  onChosen(cell: string): void;
}

/** The cells that hold code: what becomes of each, and why. */
export function Cells(props: ICellsProps): JSX.Element {
  const { trans } = useReview();
  const list = useRef<HTMLUListElement>(null);
  const cells = props.review.cells.filter(cell => cell.verdict !== null);
  return (
    <section
      className="jp-modelship-Review-cells"
      aria-label={trans.__('Cells')}
    >
      <header className="jp-modelship-Review-bar">
        <h3>{trans.__('Cells')}</h3>
      </header>
      <ul ref={list} onKeyDown={event => walk(list.current, event)}>
        {cells.map(cell => (
          <CellRow {...props} key={cell.id} cell={cell} />
        ))}
      </ul>
    </section>
  );
}

/** Arrow keys go from cell to cell. */
function walk(list: HTMLUListElement | null, event: React.KeyboardEvent): void {
  const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (by === 0 || list === null) {
    return;
  }
  const rows = [...list.querySelectorAll<HTMLElement>('[data-cell]')];
  const at = rows.findIndex(row => row.contains(document.activeElement));
  rows[at + by]?.focus();
  event.preventDefault();
}

function CellRow(props: ICellsProps & { cell: ICell }): JSX.Element {
  const { trans, goToCell } = useReview();
  const { cell, lit, review } = props;
  const ships = cell.verdict === 'endpoint' || cell.verdict === 'source';
  return (
    <li
      className="jp-modelship-Review-cell"
      data-lit={lit === cell.id}
      data-verdict={cell.verdict}
      onMouseEnter={() => props.onOver(cell.id)}
      onMouseLeave={() => props.onOver(null)}
    >
      <button
        data-cell={cell.id}
        onFocus={() => props.onOver(cell.id)}
        onClick={() => (ships ? props.onChosen(cell.id) : goToCell(cell.id))}
      >
        <span className="jp-modelship-Review-number">{cell.number}</span>
        <code>{plain(cell.first, 200)}</code>
        <span className="jp-modelship-Review-verdict">{cell.verdict}</span>
        <small>
          {ships || cell.verdict === 'rehearsal'
            ? plain(reason(cell, review, trans), 300)
            : ''}
          {cell.drifted && (
            <em>{trans.__('changed since the live revision')}</em>
          )}
        </small>
      </button>
      <button
        className="jp-modelship-Review-go"
        aria-label={trans.__('Go to cell %1', cell.number)}
        title={trans.__('Go to cell %1', cell.number)}
        onClick={() => goToCell(cell.id)}
      >
        <launchIcon.react tag="span" width="14px" height="14px" />
      </button>
    </li>
  );
}
