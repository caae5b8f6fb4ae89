import type { IInk, ISpan } from './ansi';
import { NO_INK, spans } from './ansi';

/** More lines than a person reads; the file behind *download* has all of them. */
export const MOST_LINES = 20_000;
/** Longest line that is kept: what is longer is a picture in text. */
export const LONGEST_LINE = 2_000;

export interface ILine {
  /** Number of the line in the log, from 0; it stays when older lines go. */
  number: number;
  stage: string;
  spans: readonly ISpan[];
  text: string;
}

/** The newest lines of a log, bounded in number and length. */
export class Log {
  private _lines: ILine[] = [];
  private _count = 0;
  private _longest = 0;
  private _ink: IInk = NO_INK;

  /** How many older lines are no longer here. */
  get dropped(): number {
    return this._count - this._lines.length;
  }

  get length(): number {
    return this._lines.length;
  }

  /** Characters of the longest line so far. */
  get longest(): number {
    return this._longest;
  }

  slice(from: number, to: number): readonly ILine[] {
    return this._lines.slice(from, to);
  }

  append(text: string, stage: string): void {
    const said = spans(bounded(text), this._ink);
    this._ink = said.ink;
    const line = said.spans.map(span => span.text).join('');
    this._longest = Math.max(this._longest, line.length);
    this._lines.push({
      number: this._count,
      stage,
      spans: said.spans,
      text: line
    });
    this._count += 1;
    // Cut in steps, so that a long log costs no copy a line.
    if (this._lines.length > MOST_LINES * 1.1) {
      this._lines = this._lines.slice(-MOST_LINES);
    }
  }

  /** Positions (in `slice`'s count) of the lines that hold a text, whatever its case. */
  find(text: string): number[] {
    const wanted = text.toLowerCase();
    const found: number[] = [];
    if (wanted !== '') {
      this._lines.forEach((line, index) => {
        if (line.text.toLowerCase().includes(wanted)) {
          found.push(index);
        }
      });
    }
    return found;
  }

  text(): string {
    return this._lines.map(line => line.text + '\n').join('');
  }
}

function bounded(text: string): string {
  return text.length > LONGEST_LINE
    ? text.slice(0, LONGEST_LINE - 1) + '…'
    : text;
}
