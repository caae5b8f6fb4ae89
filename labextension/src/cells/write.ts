import type { ICellModel } from '@jupyterlab/cells';
import {
  type IMarked,
  type IRoute,
  type Role,
  withRole,
  withRoute
} from './roles';

type Shared = ICellModel['sharedModel'];

/** What the shared model of a cell says. Tags of notebooks that nobody checked may be anything. */
export function marked(cell: Shared): IMarked {
  const tags: unknown = cell.getMetadata('tags');
  return {
    tags: Array.isArray(tags)
      ? tags.filter((tag): tag is string => typeof tag === 'string')
      : [],
    source: cell.cell_type === 'code' ? cell.getSource() : ''
  };
}

/** Gives the cell a role, as one change that undo takes back. */
export function writeRole(cell: Shared, role: Role): void {
  write(cell, withRole(marked(cell), role));
}

/** Gives the endpoint a route; null leaves it to the function's name. */
export function writeRoute(cell: Shared, route: IRoute | null): void {
  write(cell, withRoute(marked(cell), route));
}

function write(cell: Shared, after: IMarked): void {
  const before = marked(cell);
  const tags = [...after.tags];
  const retagged = tags.join('\n') !== before.tags.join('\n');
  if (!retagged && after.source === before.source) {
    return;
  }
  // Metadata alone is not undoable in JupyterLab: the transaction around it makes it so.
  cell.transact(() => {
    if (retagged && tags.length) {
      cell.setMetadata('tags', tags);
    } else if (retagged) {
      cell.deleteMetadata('tags');
    }
    if (after.source !== before.source) {
      const [start, end, text] = changed(before.source, after.source);
      cell.updateSource(start, end, text);
    }
  }, true);
}

/** The smallest replacement that makes `after` of `before`, so that cursors stay where they are. */
function changed(
  before: string,
  after: string
): [start: number, end: number, text: string] {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) {
    start += 1;
  }
  let same = 0;
  while (
    same < most - start &&
    before[before.length - 1 - same] === after[after.length - 1 - same]
  ) {
    same += 1;
  }
  return [start, before.length - same, after.slice(start, after.length - same)];
}
