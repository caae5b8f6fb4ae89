import type { IFile } from '../wire';

/** A line of a cell: nbformat id, and the line within the cell's source, from 1. */
export interface IPlace {
  cell: string;
  line: number;
}

/** Which lines of a generated file came from which cell, both ways. Lines count from 1. */
export class Links {
  constructor(map: IFile['source_map']) {
    for (const [line, [cell, at]] of Object.entries(map)) {
      const number = Number(line);
      this._places.set(number, { cell, line: at });
      const lines = this._lines.get(cell);
      if (lines === undefined) {
        this._lines.set(cell, [number]);
      } else {
        lines.push(number);
      }
    }
    this._lines.forEach(lines => lines.sort((one, other) => one - other));
  }

  /** Where a line of the file came from; null for what was generated. */
  place(line: number): IPlace | null {
    return this._places.get(line) ?? null;
  }

  /** Lines of the file that came from a cell, ascending. */
  lines(cell: string): readonly number[] {
    return this._lines.get(cell) ?? [];
  }

  private readonly _places = new Map<number, IPlace>();
  private readonly _lines = new Map<string, number[]>();
}

export type Change = 'same' | 'changed' | 'new' | 'gone';

/** What became of a file since the live revision. */
export function change(file: IFile): Change {
  if (file.live === null) {
    return 'new';
  }
  if (file.text === '' && file.live !== '') {
    return 'gone';
  }
  return file.live === file.text ? 'same' : 'changed';
}

/** Changed files first, each group in its own order; service.py before all others. */
export function ordered(files: readonly IFile[]): IFile[] {
  const rank = (file: IFile): number =>
    file.name === 'service.py' ? 0 : change(file) === 'same' ? 2 : 1;
  return [...files].sort((one, other) => rank(one) - rank(other));
}
