import type { Json } from '../wire';
import type { IOperation, Obj } from './contract';
import { python, quoted, spaced } from './json';

export type Language = 'curl' | 'python' | 'javascript';

/** Where a caller stands: on the machine that serves, or before the Jupyter server. */
export interface IWay {
  /** Address of the service, with or without the last slash. */
  base: string;
  /** "Bearer" for the service's own token, "token" for Jupyter's. */
  scheme: 'Bearer' | 'token';
  /** Environment variable that holds the token. */
  variable: string;
  /** The token itself, only where somebody asked to see it. */
  token: string | null;
}

/** A call of an endpoint in a language, ready to be pasted. */
export function snippet(
  language: Language,
  operation: IOperation,
  values: Obj,
  way: IWay
): string {
  switch (language) {
    case 'curl':
      return curl(operation, values, way);
    case 'python':
      return pythonCall(operation, values, way);
    case 'javascript':
      return javascript(operation, values, way);
  }
}

/** The arguments as a query says them: text as it is, anything else as JSON, null not at all. */
export function words(values: Obj): [string, string][] {
  return Object.entries(values)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [
      name,
      typeof value === 'string' ? value : spaced(value)
    ]);
}

/** Path with the query that a call needs. */
export function target(operation: IOperation, values: Obj): string {
  if (!operation.query) {
    return operation.path;
  }
  const query = new URLSearchParams(words(values)).toString();
  return query ? `${operation.path}?${query}` : operation.path;
}

function curl(operation: IOperation, values: Obj, way: IWay): string {
  const header =
    way.token === null
      ? `"Authorization: ${way.scheme} $${way.variable}"`
      : shell(`Authorization: ${way.scheme} ${way.token}`);
  const parts = [`curl --header ${header}`];
  if (operation.query) {
    const method = operation.method === 'GET' ? '' : ` -X ${operation.method}`;
    parts.push(`--get${method}`);
    for (const [name, value] of words(values)) {
      parts.push(`--data-urlencode ${shell(`${name}=${value}`)}`);
    }
  } else {
    if (operation.method !== 'POST') {
      parts.push(`--request ${operation.method}`);
    }
    parts.push("--header 'Content-Type: application/json'");
    parts.push(`--data ${shell(spaced(values))}`);
  }
  parts.push(shell(address(way, operation.path)));
  return parts.join(' \\\n  ');
}

function pythonCall(operation: IOperation, values: Obj, way: IWay): string {
  const known = way.token !== null;
  const secret = known
    ? quoted(`${way.scheme} ${way.token}`)
    : `f"${way.scheme} {os.environ['${way.variable}']}"`;
  const given: Json = operation.query
    ? Object.fromEntries(words(values))
    : values;
  return [
    ...(known ? [] : ['import os', '']),
    'import requests',
    '',
    `reply = requests.${operation.method.toLowerCase()}(`,
    `    ${quoted(address(way, operation.path))},`,
    `    headers={"Authorization": ${secret}},`,
    `    ${operation.query ? 'params' : 'json'}=${python(given)},`,
    '    timeout=60,',
    ')',
    'reply.raise_for_status()',
    'print(reply.json())'
  ].join('\n');
}

function javascript(operation: IOperation, values: Obj, way: IWay): string {
  const secret =
    way.token === null
      ? `\`${way.scheme} \${process.env.${way.variable}}\``
      : quoted(`${way.scheme} ${way.token}`);
  const url = address(way, target(operation, values));
  const body = operation.query
    ? [`  headers: { Authorization: ${secret} }`]
    : [
        '  headers: {',
        `    Authorization: ${secret},`,
        '    "Content-Type": "application/json"',
        '  },',
        `  body: JSON.stringify(${spaced(values)})`
      ];
  return [
    `const reply = await fetch(${quoted(url)}, {`,
    `  method: "${operation.method}",`,
    ...body,
    '});',
    'if (!reply.ok) throw new Error(await reply.text());',
    'console.log(await reply.json());'
  ].join('\n');
}

function address(way: IWay, path: string): string {
  return way.base.replace(/\/+$/, '') + path;
}

/** One word of a POSIX shell. */
export function shell(text: string): string {
  return `'${text.replace(/'/g, "'\\''")}'`;
}
