import type { IService } from '../wire';
import type { IRowProps } from './row';

/** What a row is made of. */
export type IListed = Pick<IRowProps, 'service' | 'progress' | 'doing'>;

/** The row that keys move from: by what it shows, and where it was when that is gone. */
export interface IChosen {
  key: string;
  index: number;
}

/** The same for the same service, however it stands and wherever its row is. */
export function keyOf({ service, target }: IService): string {
  return `${target} ${service}`;
}

/** Where the chosen row is now; the one that took its place where it is gone; 0 of none. */
export function indexOf(
  rows: readonly IListed[],
  chosen: IChosen | null
): number {
  if (chosen === null) {
    return 0;
  }
  const at = rows.findIndex(one => keyOf(one.service) === chosen.key);
  return at < 0 ? Math.max(0, Math.min(chosen.index, rows.length - 1)) : at;
}

/**
 * How many rows further down the first row in sight is now, `first` being its index before: rows
 * came above it, or went. It goes by the next one where it is gone itself.
 */
export function moved(
  before: readonly IListed[],
  after: readonly IListed[],
  first: number
): number {
  const places = new Map(after.map((one, at) => [keyOf(one.service), at]));
  for (let at = first; at < before.length; at++) {
    const now = places.get(keyOf(before[at].service));
    if (now !== undefined) {
      return now - at;
    }
  }
  return 0;
}
