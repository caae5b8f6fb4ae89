import type { ErrorSchema } from '@rjsf/utils';

import type { Json } from '../wire';
import { followed, listOf, type Obj, objectOf, typeOf } from './contract';

/** What the service said of single places (RFC 6901 pointers), as rjsf shows it beside each field. */
export function atFields(flaws: readonly IFlaw[]): ErrorSchema {
  const found: { [key: string]: unknown } = {};
  for (const flaw of flaws) {
    let place = found;
    for (const step of steps(flaw.pointer)) {
      const next = (place[step] ?? {}) as { [key: string]: unknown };
      place[step] = next;
      place = next;
    }
    place.__errors = [...((place.__errors as string[]) ?? []), flaw.message];
  }
  return found as ErrorSchema;
}

/** One place of the arguments that the service refused. */
export interface IFlaw {
  pointer: string;
  message: string;
}

/** The flaws in a reply of RFC 9457; none where it is no such reply. */
export function flawsOf(body: Json): IFlaw[] {
  return listOf(objectOf(body).errors)
    .map(objectOf)
    .filter(one => typeof one.message === 'string')
    .map(one => ({
      pointer: String(one.pointer ?? ''),
      message: String(one.message)
    }));
}

function steps(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map(step => step.replace(/~1/g, '/').replace(/~0/g, '~'))
    .filter(step => step !== '__proto__' && step !== '__errors');
}

/** Arrays longer than this are edited as JSON. */
const LONGEST = 24;

/** Whether a value of this schema is pleasant to fill in field by field. */
export function fillable(
  part: Obj,
  value: Json | undefined,
  root: Obj,
  depth = 0
): boolean {
  const schema = followed(part, root);
  if (depth > 2 || 'anyOf' in schema) {
    return false;
  }
  switch (typeOf(schema)) {
    case 'string':
    case 'number':
    case 'integer':
    case 'boolean':
      return listOf(schema.type).filter(one => one !== 'null').length < 2;
    case 'array':
      return (
        listOf(value).length <= LONGEST &&
        schema.items !== false &&
        'items' in schema &&
        typeOf(followed(objectOf(schema.items), root)) !== 'array' &&
        typeOf(followed(objectOf(schema.items), root)) !== 'object' &&
        fillable(objectOf(schema.items), null, root, depth + 1)
      );
    case 'object':
      return (
        'properties' in schema &&
        Object.entries(objectOf(schema.properties)).every(([name, one]) =>
          fillable(objectOf(one), objectOf(value)[name], root, depth + 1)
        )
      );
    default:
      return false;
  }
}

/** How rjsf shows the arguments: as JSON what is not fillable, values of a list without a label each. */
export function layout(schema: Obj, values: Obj): { [name: string]: Obj } {
  return Object.fromEntries(
    Object.entries(objectOf(schema.properties)).map(([name, part]) => [
      name,
      fillable(objectOf(part), values[name], schema) ? FIELD : JSON_FIELD
    ])
  );
}

const FIELD: Obj = { items: { 'ui:options': { label: false } } };
const JSON_FIELD: Obj = { 'ui:field': 'json' };
