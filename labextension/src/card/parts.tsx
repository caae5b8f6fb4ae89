import type { TranslationBundle } from '@jupyterlab/translation';
import { copyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { plain, plainLines } from '../core/plain';
import type { Problem } from '../core/problem';

/** What went wrong, and what to do next; the raw text is one click away. */
export function Trouble(props: {
  problem: Problem;
  trans: TranslationBundle;
}): JSX.Element {
  const { problem, trans } = props;
  return (
    <div className="jp-modelship-trouble" role="alert">
      <p>
        <span aria-hidden="true">▲ </span>
        {plain(problem.message)}
      </p>
      {problem.remedy ? <p>{plain(problem.remedy)}</p> : null}
      {problem.detail ? (
        <details>
          <summary>{trans.__('Details')}</summary>
          <pre>{plainLines(problem.detail)}</pre>
        </details>
      ) : null}
    </div>
  );
}

/** A button that copies text. */
export function CopyButton(props: {
  label: string;
  onCopy(): void;
}): JSX.Element {
  return (
    <button
      className="jp-modelship-copy"
      aria-label={props.label}
      title={props.label}
      onClick={props.onCopy}
    >
      <copyIcon.react tag="span" width="16px" height="16px" />
    </button>
  );
}

export interface IChoice<T extends string> {
  value: T;
  label: string;
}

/** One of a few, as buttons in a row. */
export function Choices<T extends string>(props: {
  label: string;
  choices: readonly IChoice<T>[];
  value: T;
  onChoose(value: T): void;
}): JSX.Element {
  return (
    <div className="jp-modelship-choices" role="group" aria-label={props.label}>
      {props.choices.map(one => (
        <button
          key={one.value}
          aria-pressed={one.value === props.value}
          onClick={() => props.onChoose(one.value)}
        >
          {one.label}
        </button>
      ))}
    </div>
  );
}
