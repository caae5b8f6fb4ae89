import React, { useState } from 'react';

import { plain } from '../core/plain';
import type { ICandidate, IReview } from '../wire';
import { useReview } from './context';
import { FileView } from './fileview';
import { Links } from './links';

const NOTHING = new Links({});

const EXAMPLE = `def predict(row: list[float]) -> str:
    return NAMES[int(model.predict([row])[0])]`;

/** The first visit: nobody has said yet which function should be served. */
export function Untagged(props: { review: IReview }): JSX.Element {
  const { trans } = useReview();
  const { candidates } = props.review;
  const functions = candidates.filter(one => one.kind === 'function');
  const calls = candidates.filter(one => one.kind === 'call');
  return (
    <section
      className="jp-modelship-Review-untagged"
      aria-labelledby="jp-modelship-question"
    >
      <h2 id="jp-modelship-question">
        {trans.__('Which function should be served?')}
      </h2>
      {candidates.length === 0 ? (
        <NoFunction />
      ) : (
        <p>
          {trans.__(
            'One click tags its cell “endpoint” and saves the notebook. Nothing is shipped by it.'
          )}
        </p>
      )}
      <ul>
        {functions.map(one => (
          <FunctionRow key={one.cell + one.function} candidate={one} />
        ))}
        {calls.map(one => (
          <CallRow key={one.cell + one.function} candidate={one} />
        ))}
      </ul>
    </section>
  );
}

function NoFunction(): JSX.Element {
  const { trans } = useReview();
  return (
    <>
      <p>
        {trans.__(
          'This notebook defines no function yet, and no cell ends in a call that could become one. Write a function that takes what a caller knows and returns the answer, then review again.'
        )}
      </p>
      <pre>{EXAMPLE}</pre>
    </>
  );
}

function FunctionRow(props: { candidate: ICandidate }): JSX.Element {
  const { trans } = useReview();
  const { candidate } = props;
  return (
    <li className="jp-modelship-Review-candidate">
      <CandidateHead candidate={candidate}>
        <code>{plain(candidate.signature, 400)}</code>
      </CandidateHead>
      <Choose
        candidate={candidate}
        label={trans.__('Serve %1', plain(candidate.function, 60))}
      />
    </li>
  );
}

/** A cell that ends in a call: what it would become is shown before it is written. */
function CallRow(props: { candidate: ICandidate }): JSX.Element {
  const { trans } = useReview();
  const { candidate } = props;
  const source = candidate.source ?? '';
  const file = { name: 'cell.py', text: source, live: null, source_map: {} };
  return (
    <li className="jp-modelship-Review-candidate">
      <CandidateHead candidate={candidate}>
        <span>{trans.__('Make a function of this cell:')}</span>
      </CandidateHead>
      <Choose
        candidate={candidate}
        label={trans.__('Make %1 and serve it', plain(candidate.function, 60))}
      />
      <FileView
        file={file}
        links={NOTHING}
        mode="plain"
        fold={false}
        lit={null}
        onOver={() => undefined}
        onChosen={() => undefined}
      />
    </li>
  );
}

function CandidateHead(props: {
  candidate: ICandidate;
  children: React.ReactNode;
}): JSX.Element {
  const { trans, goToCell } = useReview();
  const { candidate } = props;
  return (
    <div>
      <button
        className="jp-modelship-Review-link"
        aria-label={trans.__('Go to cell %1', candidate.number)}
        onClick={() => goToCell(candidate.cell)}
      >
        {trans.__('Cell %1', candidate.number)}
      </button>
      {props.children}
    </div>
  );
}

function Choose(props: { candidate: ICandidate; label: string }): JSX.Element {
  const { model } = useReview();
  const [busy, setBusy] = useState(false);
  const onClick = async (): Promise<void> => {
    setBusy(true);
    await model.choose(props.candidate);
    setBusy(false);
  };
  return (
    <button
      className="jp-modelship-Review-action"
      disabled={busy}
      onClick={() => void onClick()}
    >
      {props.label}
    </button>
  );
}
