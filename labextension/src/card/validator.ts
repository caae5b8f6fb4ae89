import type { ValidationData, ValidatorType } from '@rjsf/utils';

import type { Json } from '../wire';
import { followed, listOf, type Obj, objectOf } from './contract';

/**
 * Whether a value has the form of a schema, as far as choosing between alternatives needs it.
 * What is right and wrong the service itself says: it has the contract's own decoder.
 */
export function accepts(
  part: Obj,
  value: Json | undefined,
  root: Obj
): boolean {
  const schema = followed(part, root);
  if (Array.isArray(schema.anyOf)) {
    return schema.anyOf.some(one => accepts(objectOf(one), value, root));
  }
  if (Array.isArray(schema.enum)) {
    return schema.enum.includes(value ?? null);
  }
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  if (schema.type !== undefined && !types.some(type => is(type, value))) {
    return false;
  }
  if (Array.isArray(value)) {
    return value.every(one => accepts(objectOf(schema.items), one, root));
  }
  const given = objectOf(value);
  const properties = objectOf(schema.properties);
  return (
    listOf(schema.required).every(name => String(name) in given) &&
    Object.entries(given).every(([name, one]) =>
      name in properties
        ? accepts(objectOf(properties[name]), one, root)
        : schema.additionalProperties !== false
    )
  );
}

function is(type: Json, value: Json | undefined): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return (
        typeof value === 'object' && value !== null && !Array.isArray(value)
      );
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

/** rjsf's validator: chooses between alternatives, finds no fault. */
export const validator: ValidatorType = {
  validateFormData: () => NOTHING,
  toErrorList: () => [],
  isValid: (schema, value, root) =>
    accepts(schema as Obj, value as Json, root as Obj),
  rawValidation: () => ({ errors: [] })
};

const NOTHING: ValidationData<unknown> = { errors: [], errorSchema: {} };
