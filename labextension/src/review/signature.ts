import type { Json } from '../wire';

/** One endpoint as people read it: `POST /predict(row: list of number) → string`. */
export interface ISignature {
  method: string;
  path: string;
  summary: string;
  takes: { name: string; type: string; required: boolean }[];
  returns: string;
}

type Schema = { [key: string]: Json };

const METHODS = ['get', 'post', 'put', 'delete', 'patch'];
const DEEPEST = 4;

/** The endpoints of an OpenAPI document, in its order; what cannot be read is left out. */
export function signatures(document: Json): ISignature[] {
  const found: ISignature[] = [];
  for (const [path, operations] of Object.entries(
    schemaOf(schemaOf(document).paths)
  )) {
    for (const [method, operation] of Object.entries(schemaOf(operations))) {
      if (METHODS.includes(method)) {
        found.push(read(path, method, schemaOf(operation)));
      }
    }
  }
  return found;
}

function read(path: string, method: string, operation: Schema): ISignature {
  const reply = content(schemaOf(schemaOf(operation.responses)['200']));
  return {
    method: method.toUpperCase(),
    path,
    summary: typeof operation.summary === 'string' ? operation.summary : '',
    takes: [...inQuery(operation), ...inBody(operation)],
    returns: typeName(reply)
  };
}

function inQuery(operation: Schema): ISignature['takes'] {
  return list(operation.parameters).map(one => {
    const parameter = schemaOf(one);
    return {
      name: String(parameter.name),
      type: typeName(schemaOf(parameter.schema)),
      required: parameter.required === true
    };
  });
}

function inBody(operation: Schema): ISignature['takes'] {
  const body = content(schemaOf(operation.requestBody));
  const required = list(body.required);
  return Object.entries(schemaOf(body.properties)).map(([name, schema]) => ({
    name,
    type: typeName(schemaOf(schema)),
    required: required.includes(name)
  }));
}

function content(part: Schema): Schema {
  return schemaOf(schemaOf(schemaOf(part.content)['application/json']).schema);
}

/** A JSON schema in few words: `list of number`, `Flower`, `string or null`, `any`. */
export function typeName(schema: Schema, depth = 0): string {
  if (depth > DEEPEST) {
    return '…';
  }
  if (typeof schema.$ref === 'string') {
    return schema.$ref.split('/').pop() ?? 'any';
  }
  if (Array.isArray(schema.enum)) {
    return schema.enum.map(one => JSON.stringify(one)).join(' | ');
  }
  if (schema.const !== undefined) {
    return JSON.stringify(schema.const);
  }
  const choices = list(schema.anyOf ?? schema.oneOf);
  if (choices.length > 0) {
    return choices.map(one => typeName(schemaOf(one), depth + 1)).join(' or ');
  }
  return plainType(schema, depth);
}

function plainType(schema: Schema, depth: number): string {
  const { type } = schema;
  if (Array.isArray(type)) {
    return type.join(' or ');
  }
  if (type === 'array') {
    const item = typeName(schemaOf(schema.items), depth + 1);
    return item === 'any' ? 'list' : `list of ${item}`;
  }
  if (type === 'object') {
    return typeof schema.title === 'string' ? schema.title : 'object';
  }
  return typeof type === 'string' ? type : 'any';
}

function schemaOf(value: Json | undefined): Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? value
    : {};
}

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
