import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import {
  ago,
  duration,
  isId,
  newId,
  placeIn,
  short,
  shortPlace,
  size,
  withoutPlace
} from '../format';

const trans = nullTranslator.load('jupyter_modelship');

describe('formats', () => {
  it.each([
    [812, '812 B'],
    [1_234, '1 kB'],
    [1_234_567, '1.2 MB'],
    [92_000_000, '92.0 MB'],
    [4_000_000_000, '4.0 GB']
  ])('a size of %d is %s, as on the command line', (bytes, text) => {
    expect(size(bytes)).toBe(text);
  });

  it.each([
    [0, '0 ms'],
    [0.0082, '8 ms'],
    [0.1, '0.1 s'],
    [3.14, '3.1 s'],
    [59.94, '59.9 s'],
    [59.96, '1 min 0 s'],
    [125, '2 min 5 s'],
    [3_780, '1 h 3 min']
  ])('%d seconds are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it.each([
    [-5, 'just now'],
    [59, 'just now'],
    [60, '1 minute ago'],
    [7_300, '2 hours ago'],
    [86_400, '1 day ago'],
    [864_000, '10 days ago']
  ])('%d seconds ago is %s', (seconds, text) => {
    expect(ago(1_000_000 - seconds, trans, 1_000_000)).toBe(text);
  });

  it('an id is a UUID, and nothing else is', () => {
    expect(isId(newId())).toBe(true);
    expect(newId()).not.toBe(newId());
    for (const hostile of [
      '',
      '../../x',
      5,
      null,
      `${newId()}\n`,
      `x${newId()}`
    ]) {
      expect(isId(hostile)).toBe(false);
    }
  });

  it('a digest is shown by six digits', () => {
    expect(short('3f9a1c7788')).toBe('3f9a1c');
  });
});

describe('a message that begins with its place', () => {
  const message = "cell 12 (`f(x): g()`), line 3: KeyError: 'petal'";

  it('gives it, does without it, or says it in numbers', () => {
    expect(placeIn(message)).toBe(12);
    expect(withoutPlace(message)).toBe("KeyError: 'petal'");
    expect(shortPlace(message)).toBe("cell 12, line 3: KeyError: 'petal'");
  });

  it.each(['cell 3 took longer than 60 s', 'no cell 3: of it', ''])(
    'is not %j',
    other => {
      expect(placeIn(other)).toBeNull();
      expect(withoutPlace(other)).toBe(other);
      expect(shortPlace(other)).toBe(other);
    }
  );
});
