import { describe, expect, it } from 'vitest';

import { correction } from '../span';

const VIEW = { top: 100, bottom: 900 };

function by(top: number, bottom: number, roomy = false): number {
  return correction({ top, bottom }, VIEW, roomy);
}

describe('the way to a cell', () => {
  it('is none where all of it is in view', () => {
    expect([by(100, 900), by(100, 200), by(800, 900)]).toEqual([0, 0, 0]);
  });

  it('leads to the middle where a part of it is not', () => {
    expect([by(90, 190), by(850, 950), by(5000, 5100)]).toEqual([
      -360, 400, 4550
    ]);
  });

  it('leaves room at the edges on arrival', () => {
    expect([
      by(110, 210, true),
      by(148, 852, true),
      by(120, 880, true)
    ]).toEqual([-340, 0, 0]);
  });

  it('leads to the beginning of what is taller than the view', () => {
    expect([by(200, 2000), by(600, 2000), by(-10, 2000)]).toEqual([
      0, 400, -210
    ]);
  });
});
