import React from 'react';

import { plain } from '../core/plain';
import type { ICell, IReview, Json } from '../wire';
import { useReview } from './context';

/** Values of examples are published with the service: they are shown before they are. */
export function Examples(props: { review: IReview }): JSX.Element | null {
  const { trans } = useReview();
  const { review } = props;
  const calling = review.cells.filter(isExample);
  if (review.examples.length === 0 && review.rehearsed) {
    return (
      <Section>
        <p>
          {trans.__(
            'Nothing. No cell calls an endpoint, so the service will be unproven: nothing shows that it answers as the notebook did.'
          )}
        </p>
      </Section>
    );
  }
  return (
    <Section>
      {review.examples.length > 0 ? (
        <Table review={review} />
      ) : (
        <p>{unknown(calling, trans)}</p>
      )}
    </Section>
  );
}

type Trans = ReturnType<typeof useReview>['trans'];

function unknown(cells: readonly ICell[], trans: Trans): string {
  const numbers = cells.map(cell => cell.number).join(', ');
  return cells.length === 0
    ? trans.__(
        'Arguments and replies of the calls that the rehearsal sees. It has seen none yet.'
      )
    : trans._n(
        'Arguments and reply of the call in cell %2. The rehearsal shows them.',
        'Arguments and replies of the calls in cells %2. The rehearsal shows them.',
        cells.length,
        numbers
      );
}

function isExample(cell: ICell): boolean {
  return (
    cell.verdict === 'rehearsal' &&
    cell.chain[1] === 'example' &&
    cell.chain.length === 2
  );
}

function Section(props: { children: React.ReactNode }): JSX.Element {
  const { trans } = useReview();
  return (
    <section
      className="jp-modelship-Review-section"
      aria-label={trans.__('What becomes public')}
    >
      <h3>{trans.__('What becomes public')}</h3>
      {props.children}
    </section>
  );
}

function Table(props: { review: IReview }): JSX.Element {
  const { trans, goToCell } = useReview();
  const { examples, cells } = props.review;
  const number = (id: string): number | undefined =>
    cells.find(cell => cell.id === id)?.number;
  return (
    <>
      <p>
        {trans.__(
          'These values stand in the service’s documentation, for everybody who can reach it.'
        )}
      </p>
      <table className="jp-modelship-Review-table">
        <thead>
          <tr>
            <th scope="col">{trans.__('Call')}</th>
            <th scope="col">{trans.__('Arguments')}</th>
            <th scope="col">{trans.__('Reply')}</th>
          </tr>
        </thead>
        <tbody>
          {examples.map((one, index) => (
            <tr key={index}>
              <th scope="row">
                <code>{plain(one.function)}</code>{' '}
                <button
                  className="jp-modelship-Review-link"
                  onClick={() => goToCell(one.cell)}
                >
                  {trans.__('cell %1', number(one.cell) ?? '?')}
                </button>
              </th>
              <td>
                <code>{written(one.arguments)}</code>
              </td>
              <td>
                <code>{written(one.result)}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function written(value: Json): string {
  return plain(JSON.stringify(value), 2000);
}
