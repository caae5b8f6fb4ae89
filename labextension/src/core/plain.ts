/**
 * What others wrote, as text that cannot deceive: characters that draw nothing, turn the direction
 * of writing or steer a terminal are shown instead of obeyed.
 */

/** Longest text that a line of the interface carries; what is longer is cut, and says so. */
export const LIMIT = 1000;

/**
 * Categories Cc, Cf (directional controls, zero width, tags), Cs (lone halves), Zl and Zp. Kept are
 * the tab and the two joiners, which emoji and Persian need.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const KEPT = '\t\u200c\u200d';

/** One line of text, at most `limit` characters, with everything hidden made visible. */
export function plain(text: string, limit: number = LIMIT): string {
  return shortened(text, limit).replace(HIDDEN, seen);
}

/** As `plain`, with its line ends kept: for what is shown preformatted. */
export function plainLines(text: string, limit: number = 65_536): string {
  return shortened(text.replace(/\r\n?/g, '\n'), limit)
    .split('\n')
    .map(line => line.replace(HIDDEN, seen))
    .join('\n');
}

/** At most `limit` characters (UTF-16 units), cut between code points. */
export function shortened(text: string, limit: number): string {
  if (text.length <= limit) {
    return text;
  }
  const cut = text.slice(0, Math.max(limit - 1, 0));
  return cut.replace(/[\ud800-\udbff]$/, '') + '…';
}

function seen(character: string): string {
  if (KEPT.includes(character)) {
    return character;
  }
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) {
    return String.fromCodePoint(0x2400 + code);
  }
  return code === 0x7f
    ? '\u2421'
    : `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}
