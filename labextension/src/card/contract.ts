import type { Json } from '../wire';

export type Obj = { [key: string]: Json };

/** A call of an endpoint, as the contract gives it. */
export interface ISample {
  arguments: Obj;
  /** What the endpoint answered in the rehearsal; undefined where the contract does not say. */
  result?: Json;
}

/** One endpoint of a service, out of its OpenAPI document. */
export interface IOperation {
  /** The function's name. */
  name: string;
  method: string;
  path: string;
  summary: string;
  /** The arguments are in the query, not in a body. */
  query: boolean;
  /** JSON schema of all arguments as one object; references point into `components`. */
  schema: Obj;
  samples: ISample[];
}

const QUERY = new Set(['get', 'delete']);
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** The endpoints of a document, in its order; what is not understood is left out. */
export function operations(document: Json): IOperation[] {
  const root = objectOf(document);
  const components = objectOf(root.components);
  return Object.entries(objectOf(root.paths)).flatMap(([path, item]) =>
    METHODS.filter(method => method in objectOf(item)).map(method =>
      operation(path, method, objectOf(objectOf(item)[method]), components)
    )
  );
}

function operation(
  path: string,
  method: string,
  said: Obj,
  components: Obj
): IOperation {
  const query = QUERY.has(method);
  const body = media(objectOf(said.requestBody));
  const schema = query ? ofParameters(said.parameters) : objectOf(body.schema);
  return {
    name: textOf(said.operationId) || path,
    method: method.toUpperCase(),
    path,
    summary: textOf(said.summary),
    query,
    schema: { ...schema, components },
    samples: query ? ofQuery(said) : ofBody(body, said)
  };
}

/** The schema of one object whose keys are the parameters. */
function ofParameters(parameters: Json | undefined): Obj {
  const list = listOf(parameters).map(objectOf);
  const named = (one: Obj): string => textOf(one.name);
  return {
    type: 'object',
    properties: Object.fromEntries(
      list.map(one => [named(one), objectOf(one.schema)])
    ),
    required: list.filter(one => one.required === true).map(named)
  };
}

function ofQuery(said: Obj): ISample[] {
  const known = listOf(said.parameters)
    .map(objectOf)
    .filter(one => 'example' in one)
    .map(one => [textOf(one.name), one.example]);
  const result = results(said)[0];
  return known.length
    ? [{ arguments: Object.fromEntries(known) as Obj, ...result }]
    : [];
}

function ofBody(body: Obj, said: Obj): ISample[] {
  const replies = results(said);
  return values(body).map((value, at) => ({
    arguments: objectOf(value),
    ...replies[at]
  }));
}

function results(said: Obj): { result: Json }[] {
  const good = objectOf(objectOf(said.responses)['200']);
  return values(media(good)).map(result => ({ result }));
}

function values(content: Obj): Json[] {
  return Object.values(objectOf(content.examples)).map(
    one => objectOf(one).value ?? null
  );
}

function media(part: Obj): Obj {
  return objectOf(objectOf(part.content)['application/json']);
}

/** What to start with where the contract has no example: defaults, else the plainest value. */
export function blank(schema: Obj): Obj {
  const properties = objectOf(schema.properties);
  const required = new Set(listOf(schema.required).map(textOf));
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([name]) => required.has(name))
      .map(([name, part]) => [name, plainest(objectOf(part), schema, 0)])
  );
}

/** References deeper than this are a recursion; null ends it. */
const DEPTH = 8;

function plainest(part: Obj, root: Obj, depth: number): Json {
  const schema = followed(part, root);
  if (depth > DEPTH) {
    return null;
  }
  if ('default' in schema) {
    return schema.default;
  }
  if (Array.isArray(schema.enum) && schema.enum.length) {
    return schema.enum[0];
  }
  if (Array.isArray(schema.anyOf) && schema.anyOf.length) {
    return plainest(objectOf(schema.anyOf[0]), root, depth + 1);
  }
  switch (typeOf(schema)) {
    case 'integer':
    case 'number':
      return 0;
    case 'string':
      return '';
    case 'boolean':
      return false;
    case 'array':
      return plainestList(schema, root, depth);
    case 'object':
      return plainestObject(schema, root, depth);
    default:
      return null;
  }
}

function plainestList(schema: Obj, root: Obj, depth: number): Json[] {
  const parts = listOf(schema.prefixItems).map(objectOf);
  if (parts.length) {
    return parts.map(one => plainest(one, root, depth + 1));
  }
  const least = Math.min(Number(schema.minItems ?? 1), 64);
  const item = plainest(objectOf(schema.items), root, depth + 1);
  return Array.from({ length: least }, () => item);
}

function plainestObject(schema: Obj, root: Obj, depth: number): Obj {
  const required = new Set(listOf(schema.required).map(textOf));
  return Object.fromEntries(
    Object.entries(objectOf(schema.properties))
      .filter(([name]) => required.has(name))
      .map(([name, part]) => [name, plainest(objectOf(part), root, depth + 1)])
  );
}

/** The schema that a reference stands for; itself where it is none. */
export function followed(schema: Obj, root: Obj): Obj {
  let found = schema;
  for (let hops = 0; typeof found.$ref === 'string' && hops < DEPTH; hops++) {
    let place: Json = root;
    for (const step of found.$ref.replace(/^#\//, '').split('/')) {
      place = objectOf(place)[step.replace(/~1/g, '/').replace(/~0/g, '~')];
    }
    found = objectOf(place);
  }
  return found;
}

/** The first type of a schema that is not null. */
export function typeOf(schema: Obj): string {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return textOf(types.find(one => one !== 'null') ?? types[0]);
}

export function objectOf(value: Json | undefined): Obj {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? value
    : {};
}

export function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
