import { isId } from '../core/format';

/** Name of the comm target; the same as in kernel_side.py. */
export const TARGET = 'jupyter_modelship';
export const MIME = 'application/vnd.modelship.deploy+json';

const MOST_LINES = 200;
const MOST_FLAGS = 200;

/** All that a `%deploy` asks for, as the kernel sends it once. */
export interface IIntent {
  run: string;
  /** Path on the kernel's disk, as far as the kernel knows it; "" where it does not. */
  notebook: string;
  flags: string[];
  /** The notebook was named, and is not simply the one that runs. */
  explicit: boolean;
}

/** What a `%deploy` leaves in the notebook: a picture, and the id of the run that it shows. */
export interface ISaved {
  run: string;
  book: string;
  lines: string[];
}

/** The intent in a message from a kernel; null where it is none. */
export function intentOf(data: unknown): IIntent | null {
  const { run, notebook, flags, explicit } = members(data);
  if (!isId(run) || typeof notebook !== 'string' || !areTexts(flags)) {
    return null;
  }
  return flags.length > MOST_FLAGS
    ? null
    : { run, notebook, flags, explicit: explicit === true };
}

/** What an output holds, whoever wrote it; null where it cannot be shown. */
export function savedOf(data: unknown): ISaved | null {
  const { run, book, lines } = members(data);
  if (!isId(run)) {
    return null;
  }
  return {
    run,
    book: typeof book === 'string' ? book : '',
    lines: areTexts(lines) ? lines.slice(-MOST_LINES) : []
  };
}

function members(data: unknown): { [name: string]: unknown } {
  return typeof data === 'object' && data !== null && !Array.isArray(data)
    ? (data as { [name: string]: unknown })
    : {};
}

function areTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(each => typeof each === 'string');
}
