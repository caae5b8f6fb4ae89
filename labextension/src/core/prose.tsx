import React from 'react';

import { plainLines } from './plain';

/** Longest text of a finding. */
const LIMIT = 2000;

/** A sentence of ours, begun as one, with what stands between backticks as code. */
export function Prose(props: { text: string }): JSX.Element {
  const parts = begun(plainLines(props.text, LIMIT)).split('`');
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

/** Our own sentences come without a capital where a terminal shows them behind a sign. */
export function begun(text: string): string {
  return /^[a-z]+[ ,]/.test(text)
    ? text[0].toUpperCase() + text.slice(1)
    : text;
}
