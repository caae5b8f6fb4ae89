import type { TranslationBundle } from '@jupyterlab/translation';
import type { ICell, ILook } from '../wire';
import type { Role } from './roles';

/** Names of a chain that are said; a longer one goes on behind a "…". */
const SAID = 4;

/** What a role means, in one line. */
export function meaning(role: Role, trans: TranslationBundle): string {
  switch (role) {
    case 'endpoint':
      return trans.__('Its public functions are served.');
    case 'setup':
      return trans.__('Runs once when the service starts.');
    case 'train':
      return trans.__(
        'Runs in the rehearsal. What endpoints need of it ships as artifacts.'
      );
    case 'parameters':
      return trans.__('Its values may be set from outside, as papermill does.');
    case 'example':
      return trans.__('Calls endpoints: documentation, proof and warm-up.');
    case 'skip':
      return trans.__('Never ships, never runs.');
    case '':
      return trans.__('Ships if an endpoint needs it.');
  }
}

/** A role, or the lack of one, as a word. */
export function named(role: Role, trans: TranslationBundle): string {
  return role || trans.__('no role');
}

/** Why a cell has its verdict, as one sentence. */
export function reason(
  cell: ICell,
  look: ILook,
  trans: TranslationBundle
): string {
  switch (cell.verdict) {
    case null:
      return '';
    case 'endpoint':
      return served(cell, look, trans);
    case 'stays':
      return cell.tags.includes('skip')
        ? trans.__('Tagged skip: it never ships and never runs.')
        : trans.__('Nothing that is served needs it.');
    default:
      return needed(cell.chain, look, trans);
  }
}

function served(cell: ICell, look: ILook, trans: TranslationBundle): string {
  const here = look.endpoints.filter(endpoint => endpoint.cell === cell.id);
  const routes = here.map(({ method, path }) => `${method} ${path}`);
  return routes.length
    ? trans.__('Served as %1.', routes.join(', '))
    : trans.__('Its public functions are served.');
}

function needed(
  chain: readonly string[],
  look: ILook,
  trans: TranslationBundle
): string {
  const [first, second, ...rest] = chain;
  const isFunction = look.endpoints.some(
    endpoint => endpoint.function === first
  );
  if (first === undefined) {
    return trans.__('The service needs it.');
  }
  if (second === undefined) {
    return alone(first, isFunction, trans);
  }
  if (second === 'example' && isFunction) {
    return rest.length
      ? trans.__('The example of %1 needs %2.', first, path(rest, trans))
      : trans.__('It calls %1 as an example.', first);
  }
  const needs = path([second, ...rest], trans);
  if (!isFunction && first === 'setup') {
    return trans.__('A setup cell needs %1.', needs);
  }
  if (!isFunction && first === 'train') {
    return trans.__('A train cell needs %1.', needs);
  }
  return trans.__('%1 needs %2.', first, needs);
}

/** The first link of a chain of one: a tag that brings its cell in by itself. */
function alone(
  word: string,
  isFunction: boolean,
  trans: TranslationBundle
): string {
  if (!isFunction && word === 'setup') {
    return trans.__('Tagged setup: it runs once when the service starts.');
  }
  if (!isFunction && word === 'train') {
    return trans.__('Tagged train: it runs in the rehearsal.');
  }
  if (word === '__future__') {
    return trans.__('It decides how the code after it is understood.');
  }
  return trans.__('%1 needs it.', word);
}

/** `model`, or `model, which needs X_train, which needs data`. */
function path(names: readonly string[], trans: TranslationBundle): string {
  const said = names.slice(0, SAID);
  const text = said.reduce((before, name) =>
    trans.__('%1, which needs %2', before, name)
  );
  return names.length > SAID ? `${text}…` : text;
}
