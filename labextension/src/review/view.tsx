import React from 'react';

import type { IReview } from '../wire';
import { Code } from './code';
import { useReview } from './context';
import { Contract } from './contract';
import { Examples } from './examples';
import { Findings } from './findings';
import { Footer } from './footer';
import { Header } from './header';
import { Notices } from './notices';
import { OptionsPart } from './options';
import { untagged } from './state';
import { Summary } from './summary';
import { Untagged } from './untagged';

/** One review, top to bottom: figures, findings, code, contract, options, and the way on. */
export function ReviewView(): JSX.Element {
  const { trans, model } = useReview();
  const { review, problem } = model.state;
  return (
    <>
      <Header />
      <div className="jp-modelship-Review-body">
        <Notices />
        {review === null ? (
          problem === null && <p>{trans.__('Reading the notebook…')}</p>
        ) : untagged(review) ? (
          <Question review={review} />
        ) : (
          <Parts review={review} />
        )}
      </div>
      <Footer />
    </>
  );
}

/** Findings that the question says too, and better, are left out. */
function Question(props: { review: IReview }): JSX.Element {
  const { candidates, findings } = props.review;
  const offered = candidates.some(one => one.kind === 'call');
  const said = ['no-endpoint', ...(offered ? ['function-to-write'] : [])];
  const others = findings.filter(one => !said.includes(one.code));
  return (
    <>
      <Untagged review={props.review} />
      <Findings findings={others} />
    </>
  );
}

function Parts(props: { review: IReview }): JSX.Element {
  const { review } = props;
  return (
    <>
      <Findings findings={review.findings} />
      <Code review={review} />
      <div className="jp-modelship-Review-sections">
        <Contract review={review} />
        <Examples review={review} />
        <Summary review={review} />
        <OptionsPart review={review} />
      </div>
    </>
  );
}
