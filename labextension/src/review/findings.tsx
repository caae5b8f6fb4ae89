import React, { useState } from 'react';

import { plain } from '../core/plain';
import { Prose } from '../core/prose';
import type { ICheck } from '../tokens';
import type { IFinding, Severity } from '../wire';
import { Action } from './action';
import { useReview } from './context';
import { overridable, takeable, takesOver } from './state';
import { where } from './words';

const GRAVITY: readonly Severity[] = ['block', 'warn', 'note'];

/** What was found, the gravest first; each with its remedy and the way to its cell. */
export function Findings(props: {
  findings: readonly IFinding[];
}): JSX.Element | null {
  const { trans } = useReview();
  const sorted = GRAVITY.flatMap(grave =>
    props.findings.filter(one => one.severity === grave)
  );
  if (sorted.length === 0) {
    return null;
  }
  return (
    <section aria-label={trans.__('Findings')}>
      <ul className="jp-modelship-Review-findings">
        {keyed(sorted).map(([key, finding]) => (
          <FindingRow key={key} finding={finding} />
        ))}
      </ul>
    </section>
  );
}

/** Each with a key of its own that stays when others come: a reason is typed for the right one. */
export function keyed(findings: readonly IFinding[]): [string, IFinding][] {
  const seen = new Map<string, number>();
  return findings.map(one => {
    const name = JSON.stringify([one.code, one.cell, one.message]);
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return [`${name} ${times}`, one];
  });
}

function FindingRow(props: { finding: IFinding }): JSX.Element {
  const { trans, goToCell, model } = useReview();
  const { review } = model.state;
  const { finding } = props;
  const { cell, line } = finding;
  const place = where(finding, trans);
  return (
    <li
      className="jp-modelship-Review-finding"
      data-severity={finding.severity}
    >
      <Sign severity={finding.severity} />
      <div>
        <p>
          <Prose text={finding.message} />
        </p>
        {finding.remedy !== '' && (
          <p className="jp-modelship-Review-remedy">
            <Prose text={finding.remedy} />
          </p>
        )}
        <Why code={finding.code} />
        {review !== null && overridable(review, finding) && (
          <Override code={finding.code} />
        )}
        {review !== null && takeable(review, finding) && <TakeOver />}
      </div>
      {cell !== null && (
        <Action
          label={trans.__('Go to cell')}
          title={trans.__('Go to %1', place.toLowerCase())}
          onClick={() => goToCell(cell, line ?? undefined)}
        />
      )}
    </li>
  );
}

/** Severity as shape and word, never as colour alone. */
function Sign(props: { severity: Severity }): JSX.Element {
  const { trans } = useReview();
  const words: Record<Severity, [string, string]> = {
    block: ['▲', trans.__('Blocks')],
    warn: ['△', trans.__('Warning')],
    note: ['·', trans.__('Note')]
  };
  const [shape, word] = words[props.severity];
  return (
    <strong className="jp-modelship-Review-sign">
      <span aria-hidden="true">{shape}</span> {word}
    </strong>
  );
}

/** Why it is a finding at all, from the catalogue; asked for when somebody wants to know. */
function Why(props: { code: string }): JSX.Element {
  const { trans, checks } = useReview();
  const [check, setCheck] = useState<ICheck | null>(null);
  const onToggle = async (): Promise<void> => {
    const all = await checks().catch(() => null);
    setCheck(all?.[props.code] ?? null);
  };
  return (
    <details onToggle={() => void onToggle()}>
      <summary>{trans.__('Why?')}</summary>
      <p>
        {check === null
          ? ''
          : `${plain(check.title)}. ${plain(check.why, 4000)}`}
      </p>
      <code>{plain(props.code)}</code>
    </details>
  );
}

/** Policy lets a person go on: for a reason, which is kept with the run. */
function Override(props: { code: string }): JSX.Element {
  const { trans, model } = useReview();
  return (
    <label className="jp-modelship-Review-override">
      {trans.__(
        'Policy lets you ship in spite of this. Your reason is recorded.'
      )}
      <input
        className="jp-mod-styled"
        type="text"
        maxLength={500}
        placeholder={trans.__('Reason')}
        value={model.state.overrides[props.code] ?? ''}
        onChange={event => model.override(props.code, event.target.value)}
      />
    </label>
  );
}

/** The name is another notebook's: to go on with its service is a choice, and is written down. */
function TakeOver(): JSX.Element {
  const { trans, model } = useReview();
  return (
    <label className="jp-modelship-Review-takeover">
      <input
        type="checkbox"
        checked={takesOver(model.state)}
        onChange={event => model.takeOver(event.target.checked)}
      />
      {trans.__(
        'Take it over: from this revision on the service is this notebook’s, and the other one is refused. The audit says so.'
      )}
    </label>
  );
}
