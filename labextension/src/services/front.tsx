import type { TranslationBundle } from '@jupyterlab/translation';
import { Button } from '@jupyterlab/ui-components';
import * as React from 'react';

import { plain } from '../core/plain';
import type { ICell, ILook, IService } from '../wire';
import type { IFront } from './model';
import { active } from './rows';

export interface IFrontProps {
  front: IFront | null;
  service: IService | null;
  away: boolean;
  trans: TranslationBundle;
  onDeploy(path: string): void;
  onRun(run: string): void;
  onOpen(service: string): void;
  onCell(path: string, cell: string): void;
}

/** The notebook in front: what of it would ship, what is live, and the one primary button. */
export function Front(props: IFrontProps): JSX.Element {
  const { front, trans } = props;
  if (front === null) {
    return (
      <section className="jp-modelship-front" aria-label={trans.__('Notebook')}>
        <p className="jp-modelship-front-none">
          {trans.__('Open a notebook to deploy it.')}
        </p>
      </section>
    );
  }
  const name = plain(front.path.slice(front.path.lastIndexOf('/') + 1));
  return (
    <section className="jp-modelship-front" aria-label={trans.__('Notebook')}>
      <div className="jp-modelship-front-head">
        <span className="jp-modelship-front-name" title={plain(front.path)}>
          {name}
        </span>
        <Primary {...props} front={front} />
      </div>
      <Facts {...props} front={front} />
    </section>
  );
}

function Primary(props: IFrontProps & { front: IFront }): JSX.Element {
  const { front, service, trans } = props;
  const run = service?.run ?? null;
  if (active(run)) {
    return (
      <Button
        className="jp-mod-styled jp-mod-small"
        onClick={() => props.onRun(run.id)}
      >
        {trans.__('Show Run')}
      </Button>
    );
  }
  return (
    <Button
      className="jp-mod-styled jp-mod-accept jp-mod-small"
      disabled={props.away}
      onClick={() => props.onDeploy(front.path)}
    >
      {trans.__('Deploy')}
    </Button>
  );
}

function Facts(props: IFrontProps & { front: IFront }): JSX.Element {
  const { front, trans } = props;
  const { look, problem } = front;
  if (problem !== null) {
    return (
      <p className="jp-modelship-front-line jp-modelship-word-attention">
        {plain(problem.message)}
        {problem.remedy ? `: ${plain(problem.remedy)}` : ''}
      </p>
    );
  }
  if (look === null) {
    return (
      <p className="jp-modelship-front-line">
        {trans.__('Looking at the notebook…')}
      </p>
    );
  }
  return (
    <>
      <p className="jp-modelship-front-line">
        {shipsLine(look, trans)}
        {look.endpoints.length || look.findings.length ? ' · ' : ''}
        <Findings look={look} trans={trans} />
      </p>
      <Live {...props} path={front.path} look={look} />
    </>
  );
}

/** "1 endpoint · 6 of 9 cells ship". */
export function shipsLine(look: ILook, trans: TranslationBundle): string {
  const count = look.endpoints.length;
  if (!count) {
    return trans.__('No endpoint yet: Deploy asks which function to serve.');
  }
  const endpoints = trans._n('%1 endpoint', '%1 endpoints', count);
  const cells = trans.__(
    '%1 of %2 cells ship',
    look.cells_shipped,
    look.cells_total
  );
  return `${endpoints} · ${cells}`;
}

function Findings(props: {
  look: ILook;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { look, trans } = props;
  const { findings } = look;
  const block = findings.filter(one => one.severity === 'block').length;
  const warn = findings.filter(one => one.severity === 'warn').length;
  const said = findings.map(one => plain(one.message)).join('\n');
  if (block) {
    return (
      <span className="jp-modelship-word-attention" title={said}>
        {`▲ ${trans._n('%1 finding blocks', '%1 findings block', block)}`}
      </span>
    );
  }
  if (warn) {
    const words = trans._n('%1 warning', '%1 warnings', warn);
    return <span title={said}>{`△ ${words}`}</span>;
  }
  return look.endpoints.length ? <>{trans.__('no findings')}</> : null;
}

function Live(props: IFrontProps & { path: string; look: ILook }): JSX.Element {
  const { look, trans } = props;
  const live = look.live;
  if (live === null) {
    return (
      <p className="jp-modelship-front-line">{trans.__('Not deployed yet')}</p>
    );
  }
  const changed = look.cells.filter(cell => cell.drifted);
  return (
    <p className="jp-modelship-front-line">
      {trans.__('Live as')}{' '}
      <button
        className="jp-modelship-link"
        onClick={() => props.onOpen(live.service)}
      >
        {plain(live.service)}
      </button>
      {`, ${trans.__('revision %1', live.revision)}`}
      {changed.length ? ' · ' : ''}
      {changed.length ? <Drift {...props} cells={changed} /> : null}
      {!changed.length && live.drifted
        ? ` · ${trans.__('code was taken out')}`
        : ''}
    </p>
  );
}

/** Cells that a click leads to; at most three by number. */
const NAMED = 3;

function Drift(
  props: IFrontProps & { path: string; cells: readonly ICell[] }
): JSX.Element {
  const { cells, path, trans } = props;
  const more = cells.length - NAMED;
  return (
    <>
      {cells.slice(0, NAMED).map((cell, at) => (
        <React.Fragment key={cell.id}>
          {at ? ', ' : ''}
          <button
            className="jp-modelship-link"
            title={plain(cell.first)}
            onClick={() => props.onCell(path, cell.id)}
          >
            {trans.__('cell %1', cell.number)}
          </button>
        </React.Fragment>
      ))}
      {more > 0 ? ` ${trans.__('and %1 more', more)}` : ''}{' '}
      {trans._n('has changed', 'have changed', cells.length)}
    </>
  );
}
