/** What a cell is for, as its tag says it (DESIGN, section 4). Plain values, no widgets. */

export const ROLES = [
  'endpoint',
  'setup',
  'train',
  'parameters',
  'example',
  'skip'
] as const;

/** One of the words; '' where the cell has none. */
export type Role = (typeof ROLES)[number] | '';

/** How an endpoint is reached, where its tag says so: `endpoint:GET /path`. */
export interface IRoute {
  method: 'GET' | 'POST';
  path: string;
}

/** What is said of a cell: by its tags, or by a comment as its first line. */
export interface IMarked {
  tags: readonly string[];
  source: string;
}

const COMMENT = /^#\s*modelship\s*:(.*)$/;
const ROUTE = /^endpoint\s*:\s*(?:([A-Za-z]+)\s+)?(\/\S*)$/;
const PATH = /^((\/[A-Za-z0-9._~-]+)+|\/)$/;
const RESERVED = ['/livez', '/readyz', '/openapi.json', '/docs', '/metrics'];

export function isRole(value: unknown): value is Role {
  return value === '' || ROLES.some(role => role === value);
}

/** Whether the word is one of ours and not another tool's. */
export function isOurs(tag: string): boolean {
  const word = tag.trim();
  return word === 'batch' || roleOf(word) !== '';
}

/** The role that a cell has. The reader of notebooks prefers `skip` where words contradict. */
export function role(cell: IMarked): Role {
  const roles = words(cell)
    .map(roleOf)
    .filter(word => word !== '');
  return roles.includes('skip') ? 'skip' : (roles[0] ?? '');
}

/** The route that the tag of an endpoint gives; null where it leaves it to the function's name. */
export function route(cell: IMarked): IRoute | null {
  for (const word of words(cell)) {
    const [, method, path] = ROUTE.exec(word.trim()) ?? [];
    if (path) {
      return { method: method?.toUpperCase() === 'GET' ? 'GET' : 'POST', path };
    }
  }
  return null;
}

/** The cell with that role: words of ours replaced, all others and their order kept.
 *
 * A cell that is marked by a comment stays so: the comment is changed, and goes with the last word. */
export function withRole(cell: IMarked, wanted: Role): IMarked {
  const said = words(cell).filter(word => roleOf(word) !== '');
  const same = said.find(word => roleOf(word) === wanted) ?? wanted;
  return said.length === 1 && said[0] === same ? cell : withWord(cell, same);
}

/** The endpoint at another route; null leaves it to the function's name. */
export function withRoute(cell: IMarked, wanted: IRoute | null): IMarked {
  return withWord(
    cell,
    wanted ? `endpoint:${wanted.method} ${wanted.path}` : 'endpoint'
  );
}

/** Why a path cannot be served, as a code; null where it can. */
export function badPath(path: string): 'shape' | 'reserved' | null {
  if (
    !PATH.test(path) ||
    path.split('/').some(part => part === '.' || part === '..')
  ) {
    return 'shape';
  }
  return RESERVED.includes(path) ? 'reserved' : null;
}

function withWord(cell: IMarked, word: string): IMarked {
  const comment = marker(cell.source);
  if (!comment) {
    return { tags: replaced(cell.tags, word), source: cell.source };
  }
  const said = replaced(comment.words, word);
  const lines = cell.source.split('\n');
  lines.splice(
    comment.at,
    1,
    ...(said.length ? [`# modelship: ${said.join(', ')}`] : [])
  );
  return {
    tags: cell.tags.filter(tag => !isOurs(tag)),
    source: lines.join('\n')
  };
}

/** Ours replaced by `word` where the first of them stood. `batch` stays beside an endpoint. */
function replaced(tags: readonly string[], word: string): string[] {
  const endpoint = roleOf(word) === 'endpoint';
  const kept: string[] = [];
  let at = -1;
  for (const tag of tags) {
    if (!isOurs(tag) || (endpoint && tag.trim() === 'batch')) {
      kept.push(tag);
    } else if (at < 0) {
      at = kept.length;
    }
  }
  if (word) {
    kept.splice(at < 0 ? kept.length : at, 0, word);
  }
  return kept;
}

function words(cell: IMarked): string[] {
  return [...cell.tags, ...(marker(cell.source)?.words ?? [])];
}

/** The comment that marks a cell: on its first line that is not empty. */
function marker(source: string): { at: number; words: string[] } | null {
  if (!source.includes('modelship')) {
    return null;
  }
  const lines = source.split('\n');
  const at = lines.findIndex(line => line.trim() !== '');
  const comment = COMMENT.exec(lines[at].trim());
  return comment && { at, words: commented(comment[1]) };
}

/** Words of a comment: separated by commas, or by blanks where all are plain words of ours. */
function commented(text: string): string[] {
  const blank = text.trim().split(/\s+/);
  const parts = blank.every(
    word => word === 'batch' || ROLES.some(known => known === word)
  )
    ? blank
    : text.split(',');
  return parts.map(part => part.trim()).filter(part => part !== '');
}

function roleOf(tag: string): Role {
  const word = tag.trim();
  if (word === 'endpoint' || word.startsWith('endpoint:')) {
    return 'endpoint';
  }
  return ROLES.find(known => known === word) ?? '';
}
