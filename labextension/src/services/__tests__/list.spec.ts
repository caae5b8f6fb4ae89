import { describe, expect, it } from 'vitest';

import { target } from '../list';
import { points, thinned } from '../sparkline';
import { rate, share } from '../figures';

describe('keys in the list', () => {
  it('move by a row, by a page, to both ends, and never out of it', () => {
    const from = (key: string, at: number): number | null =>
      target(key, at, 1000, 10);
    expect(from('ArrowDown', 0)).toBe(1);
    expect(from('ArrowUp', 0)).toBe(0);
    expect(from('PageDown', 995)).toBe(999);
    expect(from('Home', 500)).toBe(0);
    expect(from('End', 500)).toBe(999);
  });

  it('are left alone where they mean something else', () => {
    expect(target('Enter', 0, 10, 5)).toBeNull();
    expect(target('ArrowDown', 0, 0, 5)).toBeNull();
  });
});

describe('the line of rates', () => {
  it('ends at the right with the newest value, the highest at the top', () => {
    expect(points([0, 2, 1], 8, 10, 5)).toEqual([
      [4, 10],
      [6, 0],
      [8, 5]
    ]);
  });

  it('is flat at the bottom where nobody called', () => {
    expect(points([0, 0], 4, 10, 2).map(([, y]) => y)).toEqual([10, 10]);
  });

  it('takes means where there are more values than room', () => {
    expect(thinned([1, 3, 5, 7], 2)).toEqual([2, 6]);
    expect(
      thinned(
        Array.from({ length: 360 }, () => 1),
        28
      ).length
    ).toBeLessThanOrEqual(28);
  });
});

describe('figures', () => {
  it('are as short as they can be said', () => {
    expect([0, 0.02, 0.3, 1.25, 9.96, 1234].map(rate)).toEqual([
      '0/s',
      '1.2/min',
      '0.3/s',
      '1.3/s',
      '10/s',
      '1234/s'
    ]);
    expect([0, 0.004, 0.5, 1].map(share)).toEqual([
      '0 %',
      '0.4 %',
      '50 %',
      '100 %'
    ]);
  });
});
