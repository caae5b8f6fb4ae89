import { describe, expect, it } from 'vitest';

import { NO_INK, spans } from '../ansi';
import { LONGEST_LINE, Log, MOST_LINES } from '../log';

const ESC = '\u001b';

/** Stretches as "classes:text", the prefix of the classes left out. */
function read(line: string, ink = NO_INK): string[] {
  return spans(line, ink).spans.map(({ text, classes }) => {
    const short = classes.replace(/jp-modelship-ansi-/g, '');
    return short ? `${short}:${text}` : text;
  });
}

describe('a line with escape sequences', () => {
  it.each([
    ['plain', ['plain']],
    ['', []],
    [`${ESC}[31mred${ESC}[0m not`, ['fg-red:red', ' not']],
    [`${ESC}[1;4;92mx`, ['bold underline fg-green:x']],
    [`${ESC}[1mx${ESC}[22my`, ['bold:x', 'y']],
    [`${ESC}[3;9;7mx${ESC}[23;29;27my`, ['italic strike inverse:x', 'y']],
    [`${ESC}[41mx${ESC}[49my`, ['bg-red:x', 'y']],
    [`${ESC}[mx`, ['x']],
    [`${ESC}[38;5;9mx`, ['fg-red:x']],
    [`${ESC}[38;5;200;1mx`, ['bold:x']],
    [`${ESC}[48;2;1;2;3;4mx`, ['underline:x']],
    [`${ESC}[2J${ESC}[?25l${ESC}[10;20Hx`, ['x']],
    [`${ESC}]0;title\u0007x`, ['x']],
    [`${ESC}]8;;http://a${ESC}\\link${ESC}]8;;${ESC}\\`, ['link']],
    ['10 %\r50 %\r100 %', ['100 %']],
    ['done\r', ['done']],
    ['<b>no</b>', ['<b>no</b>']],
    ['a\u202eb\u0007', ['a⟨U+202E⟩b␇']],
    [`${ESC}[`, ['␛[']]
  ])('%j is %j', (line, shown) => {
    expect(read(line)).toEqual(shown);
  });

  it('leaves its colour switched on for the next one', () => {
    const { ink } = spans(`${ESC}[31mred`, NO_INK);
    expect(read('still', ink)).toEqual(['fg-red:still']);
  });
});

describe('a log', () => {
  it('is bounded in lines, and counts those that are gone', () => {
    const log = new Log();
    for (let number = 0; number < 3 * MOST_LINES; number++) {
      log.append(`line ${number}`, 'rehearse');
    }
    expect(log.length).toBeGreaterThanOrEqual(MOST_LINES);
    expect(log.length).toBeLessThanOrEqual(MOST_LINES * 1.1 + 1);
    expect(log.length + log.dropped).toBe(3 * MOST_LINES);
    const [first] = log.slice(0, 1);
    expect(first.text).toBe(`line ${first.number}`);
    expect(first.number).toBe(log.dropped);
  });

  it('is bounded in the length of a line', () => {
    const log = new Log();
    log.append('x'.repeat(10_000), '');
    expect(log.slice(0, 1)[0].text).toHaveLength(LONGEST_LINE);
    expect(log.longest).toBe(LONGEST_LINE);
  });

  it('finds text whatever its case, and as it is read', () => {
    const log = new Log();
    log.append(`An ${ESC}[31mErr${ESC}[0mor`, '');
    log.append('nothing', '');
    log.append('error again', '');
    expect(log.find('ERROR')).toEqual([0, 2]);
    expect(log.find('')).toEqual([]);
    expect(log.text()).toBe('An Error\nnothing\nerror again\n');
  });
});
