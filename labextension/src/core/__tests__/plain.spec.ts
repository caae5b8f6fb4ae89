import { describe, expect, it } from 'vitest';

import { LIMIT, plain, plainLines, shortened } from '../plain';

describe('plain text', () => {
  it.each([
    ['iris', 'iris'],
    ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
    ['naïve ☃ 日本語 👩‍🔬', 'naïve ☃ 日本語 👩‍🔬'],
    ['a\tb', 'a\tb'],
    ['a\u202egnp.exe', 'a⟨U+202E⟩gnp.exe'],
    ['\u2066a\u2069', '⟨U+2066⟩a⟨U+2069⟩'],
    ['a\u200bb\ufeffc', 'a⟨U+200B⟩b⟨U+FEFF⟩c'],
    ['\u001b[31mred', '␛[31mred'],
    ['one\ntwo\r\u0000', 'one␊two␍␀'],
    ['\u007f\u0085', '␡⟨U+0085⟩'],
    ['\ud800', '⟨U+D800⟩'],
    ['tag \u{e0041}', 'tag ⟨U+E0041⟩'],
    ['a\u2028b', 'a⟨U+2028⟩b']
  ])('%j is shown as %j', (text, shown) => {
    expect(plain(text)).toBe(shown);
  });

  it('has a bound, and is never cut within a character', () => {
    expect(plain('x'.repeat(10_000))).toBe('x'.repeat(LIMIT - 1) + '…');
    expect(shortened('ab👩c', 4)).toBe('ab…');
    expect(shortened('abcd', 4)).toBe('abcd');
  });

  it('keeps its lines where it may have some', () => {
    expect(plainLines('one\r\ntwo\rthree\u202e')).toBe(
      'one\ntwo\nthree⟨U+202E⟩'
    );
  });
});
