import { plain } from '../core/plain';

/** How a stretch of a log line looks: names of CSS classes, never markup. */
export interface ISpan {
  text: string;
  classes: string;
}

/** What escape sequences have switched on so far; it carries over to the next line. */
export interface IInk {
  colour: string;
  back: string;
  marks: readonly string[];
}

export const NO_INK: IInk = { colour: '', back: '', marks: [] };

const COLOURS = [
  'black',
  'red',
  'green',
  'yellow',
  'blue',
  'magenta',
  'cyan',
  'white'
];
const MARKS: { [code: number]: string } = {
  1: 'bold',
  2: 'dim',
  3: 'italic',
  4: 'underline',
  7: 'inverse',
  9: 'strike'
};
const UNMARKS: { [code: number]: readonly string[] } = {
  22: ['bold', 'dim'],
  23: ['italic'],
  24: ['underline'],
  27: ['inverse'],
  29: ['strike']
};

/** Select Graphic Rendition, any other control sequence, and strings for the terminal (OSC). */
const ESCAPES =
  // eslint-disable-next-line no-control-regex -- escape sequences begin with ESC
  /\u001b\[([0-9;]*)m|\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[@-Z\\-_]/g;

/** One line of a log as stretches of plain text, and what is switched on after it (ECMA-48, 8.3.117). */
export function spans(line: string, ink: IInk): { spans: ISpan[]; ink: IInk } {
  const text = overwritten(line);
  const found: ISpan[] = [];
  let from = 0;
  const take = (to: number) => {
    if (to > from) {
      found.push({
        text: plain(text.slice(from, to), Infinity),
        classes: classes(ink)
      });
    }
  };
  for (const match of text.matchAll(ESCAPES)) {
    take(match.index);
    from = match.index + match[0].length;
    if (match[1] !== undefined) {
      ink = rendition(match[1], ink);
    }
  }
  take(text.length);
  return { spans: found, ink };
}

/** A progress bar writes over its own line: what stands there in the end. */
function overwritten(line: string): string {
  const parts = line.split('\r').filter(part => part !== '');
  return parts.length ? parts[parts.length - 1] : '';
}

function rendition(parameters: string, ink: IInk): IInk {
  const codes = parameters.split(';').map(Number);
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at];
    if (code === 38 || code === 48) {
      const colour = extended(codes, at + 1);
      ink =
        code === 38
          ? { ...ink, colour: colour.name }
          : { ...ink, back: colour.name };
      at += colour.length;
    } else {
      ink = simple(code, ink);
    }
  }
  return ink;
}

function simple(code: number, ink: IInk): IInk {
  if (code === 0) {
    return NO_INK;
  }
  if (MARKS[code]) {
    const others = ink.marks.filter(mark => mark !== MARKS[code]);
    return { ...ink, marks: [...others, MARKS[code]] };
  }
  if (UNMARKS[code]) {
    const off = UNMARKS[code];
    return { ...ink, marks: ink.marks.filter(mark => !off.includes(mark)) };
  }
  const tens = Math.floor(code / 10);
  const name = COLOURS[code % 10] ?? '';
  if (tens === 3 || tens === 9) {
    return { ...ink, colour: name };
  }
  return tens === 4 || tens === 10 ? { ...ink, back: name } : ink;
}

/** `5;n` or `2;r;g;b`: of those only the sixteen that a theme knows are shown. */
function extended(
  codes: readonly number[],
  at: number
): { name: string; length: number } {
  if (codes[at] === 5) {
    const name = codes[at + 1] < 16 ? COLOURS[codes[at + 1] % 8] : '';
    return { name, length: 2 };
  }
  return { name: '', length: codes[at] === 2 ? 4 : 0 };
}

function classes(ink: IInk): string {
  const words = [
    ...ink.marks,
    ...(ink.colour ? [`fg-${ink.colour}`] : []),
    ...(ink.back ? [`bg-${ink.back}`] : [])
  ];
  return words.map(word => `jp-modelship-ansi-${word}`).join(' ');
}
