import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { plain, plainLines } from '../core/plain';
import { Prose } from '../core/prose';
import type { IFinding } from '../wire';
import type { RunModel } from './model';
import { failure, reason } from './words';

export interface IActions {
  goToCell(cell: string, line: number | null): void;
  retry(): void;
  /** Null where this JupyterLab has no terminals. */
  openTerminal: (() => void) | null;
  reportFriction(): void;
  openService(service: string): void;
}

interface ICauseProps {
  model: RunModel;
  trans: TranslationBundle;
  actions: IActions;
}

/** Why the run failed and what to do, above the log. */
export function Cause({ model, trans, actions }: ICauseProps): JSX.Element {
  const error = model.error!;
  const blocked = error.findings.filter(each => each.severity === 'block');
  const cell = model.run?.path ? error.cell : null;
  const number = model.numberOf(error.cell);
  const next = error.cause?.remedy ?? error.remedy;
  return (
    <div className="jp-modelship-Run-cause" role="alert">
      <h2>
        <span aria-hidden="true">▲</span> {failure(model, trans)}
      </h2>
      {blocked.length > 0 ? (
        <Findings
          findings={blocked}
          trans={trans}
          goToCell={model.run?.path ? actions.goToCell : null}
        />
      ) : (
        <>
          <p className="jp-modelship-Run-message">
            <Prose text={reason(model)} />
          </p>
          {error.cause && !error.message.includes(error.cause.cause) && (
            <p>
              <Prose text={error.cause.cause} />
              {!error.message.includes(error.cause.evidence) && (
                <code> {plain(error.cause.evidence, 400)}</code>
              )}
            </p>
          )}
          {next && (
            <p>
              <Prose text={trans.__('Next: %1', next)} />
            </p>
          )}
        </>
      )}
      {error.detail && (
        <details>
          <summary>{trans.__('What the program said')}</summary>
          <pre>{plainLines(error.detail)}</pre>
        </details>
      )}
      <div className="jp-modelship-Run-buttons">
        {cell !== null && (
          <button
            className="jp-mod-styled jp-mod-accept"
            onClick={() => actions.goToCell(cell, error.line)}
          >
            {number === null
              ? trans.__('Go to cell')
              : trans.__('Go to cell %1', number)}
          </button>
        )}
        {model.run?.path && (
          <button
            className={`jp-mod-styled ${cell === null ? 'jp-mod-accept' : 'jp-mod-reject'}`}
            onClick={actions.retry}
          >
            {trans.__('Retry')}
          </button>
        )}
        {actions.openTerminal && model.stages.leavesPlace && (
          <button
            className="jp-mod-styled jp-mod-reject"
            onClick={actions.openTerminal}
          >
            {trans.__('Open terminal here')}
          </button>
        )}
        <button
          className="jp-mod-styled jp-mod-reject"
          onClick={actions.reportFriction}
        >
          {trans.__('Report friction')}
        </button>
      </div>
    </div>
  );
}

interface IFindingsProps {
  findings: readonly IFinding[];
  trans: TranslationBundle;
  /** Null where the notebook cannot be opened. */
  goToCell: ((cell: string, line: number | null) => void) | null;
}

const GLYPHS = { block: '▲', warn: '▲', note: '●' };

/** Findings of the run: what, what to do, and the way to the cell. */
export function Findings(props: IFindingsProps): JSX.Element {
  const { findings, trans, goToCell } = props;
  return (
    <ul className="jp-modelship-Run-findings" aria-label={trans.__('Findings')}>
      {findings.map((each, index) => (
        <li key={index} className={`jp-mod-${each.severity}`}>
          <span className="jp-modelship-Run-glyph" aria-hidden="true">
            {GLYPHS[each.severity]}
          </span>
          <span>
            <Prose text={each.message} /> <Prose text={each.remedy} />
          </span>
          {goToCell && each.cell !== null && (
            <button
              className="jp-modelship-Run-tool"
              onClick={() => goToCell(each.cell!, each.line)}
            >
              {each.number === null
                ? trans.__('Go to cell')
                : trans.__('Go to cell %1', each.number)}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
