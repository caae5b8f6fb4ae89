import React from 'react';

import { plainLines } from '../core/plain';

/** Longest text of a finding. */
const LIMIT = 2000;

/** A sentence of ours with what stands between backticks as code. */
export function Prose(props: { text: string }): JSX.Element {
  const parts = plainLines(props.text, LIMIT).split('`');
  return (
    <>
      {parts.map((part, index) =>
        index % 2 === 1 && index < parts.length - 1 ? (
          <code key={index}>{part}</code>
        ) : (
          part
        )
      )}
    </>
  );
}
