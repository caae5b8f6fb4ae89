import { readFileSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';

import type { IRunEvent } from '../../wire';

const FOLDER = resolve(__dirname, '../../../../tests/unit/runs/fixtures');

/** Names of the recorded streams of events, which Python's tests replay too. */
export const NAMES = readdirSync(FOLDER).map(name =>
  name.replace(/\.jsonl$/, '')
);

/** The events of a recorded stream. */
export function stream(name: string): IRunEvent[] {
  const text = readFileSync(resolve(FOLDER, `${name}.jsonl`), 'utf-8');
  return text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as IRunEvent);
}
