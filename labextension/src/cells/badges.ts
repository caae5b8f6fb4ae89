import type { TranslationBundle } from '@jupyterlab/translation';
import type { ILook, VerdictKind } from '../wire';
import { reason } from './reason';

/** What stands at the edge of a code cell. */
export interface IBadge {
  readonly verdict: VerdictKind;
  readonly reason: string;
  /** What differs from the live revision; '' where nothing does. */
  readonly drift: string;
}

/** Badge by cell id of the open notebook. */
export type Badges = ReadonlyMap<string, IBadge>;

export const NONE: Badges = new Map();

/** Quiet until the notebook is about to become a service, or is one. */
export function isSpoken(look: ILook | null): look is ILook {
  return look !== null && (look.endpoints.length > 0 || look.live !== null);
}

/** What a look says of the cells `ids`, in the order of the notebook. */
export function badges(
  look: ILook | null,
  ids: readonly string[],
  trans: TranslationBundle
): Badges {
  if (!isSpoken(look)) {
    return NONE;
  }
  const drift = look.live
    ? trans.__('Differs from revision %1, which is live.', look.live.revision)
    : '';
  const here = keyed(look, ids);
  const found = new Map<string, IBadge>();
  for (const cell of look.cells) {
    const id = here(cell.id, cell.number);
    if (id !== undefined && cell.verdict) {
      found.set(id, {
        verdict: cell.verdict,
        reason: reason(cell, look, trans),
        drift: cell.drifted ? drift : ''
      });
    }
  }
  return found;
}

/** Ids whose badge came, went or says something else. */
export function difference(before: Badges, after: Badges): Set<string> {
  const changed = new Set<string>();
  after.forEach((badge, id) => {
    const old = before.get(id);
    if (
      old?.verdict !== badge.verdict ||
      old.reason !== badge.reason ||
      old.drift !== badge.drift
    ) {
      changed.add(id);
    }
  });
  before.forEach((_, id) => !after.has(id) && changed.add(id));
  return changed;
}

/** Notebooks older than cell ids are read under ids of their content: then the place counts. */
function keyed(
  look: ILook,
  ids: readonly string[]
): (id: string, number: number) => string | undefined {
  const known = new Set(ids);
  const byId = look.cells.some(cell => known.has(cell.id));
  return (id, number) =>
    byId ? (known.has(id) ? id : undefined) : ids[number - 1];
}
