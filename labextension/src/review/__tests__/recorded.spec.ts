import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

import type { IReview } from '../../wire';
import { initial, obstacle, untagged } from '../state';

/** What the server really answered; recorded and compared by tests/server. */
const FOLDER = resolve(__dirname, '../../../../tests/contract/wire');

function recorded(name: string): IReview {
  const text = readFileSync(resolve(FOLDER, `${name}.json`), 'utf-8');
  return JSON.parse(text) as IReview;
}

describe('recorded reviews', () => {
  it.each([
    ['review-at-once', 'locking'],
    ['review-locked', 'none'],
    ['review-rehearsed', 'none'],
    ['review-live', 'unchanged'],
    ['review-drifted', 'none']
  ])('%s: what stands before Ship is "%s"', (name, expected) => {
    const review = recorded(name);
    const state = { ...initial(review.path, {}), review, busy: 'no' as const };
    expect(obstacle(state)).toBe(expected);
    expect(untagged(review)).toBe(false);
  });

  it('map every line of service.py that came from a cell to a cell that is there', () => {
    const review = recorded('review-drifted');
    const cells = new Set(review.cells.map(cell => cell.id));
    const service = review.files.find(file => file.name === 'service.py');
    const places = Object.entries(service?.source_map ?? {});
    expect(places.length).toBeGreaterThan(3);
    const lines = service?.text.split('\n') ?? [];
    for (const [line, [cell]] of places) {
      expect(cells).toContain(cell);
      expect(Number(line)).toBeLessThanOrEqual(lines.length);
    }
  });
});
