import Ajv2020 from 'ajv/dist/2020';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';

interface IOperation {
  requestBody?: {
    content: { 'application/json': { schema: { $ref: string } } };
  };
}

interface IDocument {
  paths: { [path: string]: { [verb: string]: IOperation } };
  components: { schemas: { [name: string]: object } };
}

const FILE = resolve(__dirname, '../../docs/reference/openapi.yaml');
const ID = 'https://modelship.invalid/openapi.yaml';
const document = parse(readFileSync(FILE, 'utf-8'), {
  merge: true
}) as IDocument;
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(document, ID);

/** What is wrong with a value by a schema of docs/reference/openapi.yaml; [] where nothing is. */
export function faults(name: string, value: unknown): string[] {
  const validate = ajv.compile({ $ref: `${ID}#/components/schemas/${name}` });
  validate(value);
  return (validate.errors ?? []).map(
    each => `${each.instancePath} ${each.message}`
  );
}

/** The operation for a verb and a path below the API, as the document writes its path. */
export function operation(
  verb: string,
  path: string
): { path: string; body: string | null } | null {
  for (const [pattern, verbs] of Object.entries(document.paths)) {
    const shape = new RegExp(`^${pattern.replace(/\{\w+\}/g, '[^/]+')}$`);
    const found = verbs[verb.toLowerCase()];
    if (found && shape.test(path)) {
      const schema = found.requestBody?.content['application/json'].schema;
      return { path: pattern, body: schema?.$ref.split('/').pop() ?? null };
    }
  }
  return null;
}

/** All operations, as "GET /about". */
export const OPERATIONS = Object.entries(document.paths).flatMap(
  ([path, verbs]) =>
    Object.keys(verbs)
      .filter(verb => ['get', 'post', 'delete', 'put', 'patch'].includes(verb))
      .map(verb => `${verb.toUpperCase()} ${path}`)
);
