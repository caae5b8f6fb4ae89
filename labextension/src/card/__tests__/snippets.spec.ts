import { execFileSync } from 'node:child_process';

import { describe, expect, it } from 'vitest';

import type { Json } from '../../wire';
import type { IOperation } from '../contract';
import { indented, python, spaced } from '../json';
import { type IWay, shell, snippet, target } from '../snippets';

const WAY: IWay = {
  base: 'http://127.0.0.1:8731/',
  scheme: 'Bearer',
  variable: 'SERVICE_TOKEN',
  token: null
};
const POST: IOperation = {
  name: 'predict',
  method: 'POST',
  path: '/predict',
  summary: '',
  query: false,
  schema: {},
  samples: []
};
const GET: IOperation = { ...POST, method: 'GET', path: '/near', query: true };
const HOSTILE = `it's "$(id)" \`id\` \\ \u202e <img onerror> \n é`;

describe('a snippet', () => {
  it('in curl sends the arguments as JSON', () => {
    expect(snippet('curl', POST, { row: [5.1, 3.5] }, WAY)).toBe(
      [
        'curl --header "Authorization: Bearer $SERVICE_TOKEN" \\',
        "  --header 'Content-Type: application/json' \\",
        `  --data '{"row": [5.1, 3.5]}' \\`,
        "  'http://127.0.0.1:8731/predict'"
      ].join('\n')
    );
  });

  it('in curl sends a query encoded, and leaves out what is null', () => {
    expect(snippet('curl', GET, { city: 'Köln', km: 5, far: null }, WAY)).toBe(
      [
        'curl --header "Authorization: Bearer $SERVICE_TOKEN" \\',
        '  --get \\',
        "  --data-urlencode 'city=Köln' \\",
        "  --data-urlencode 'km=5' \\",
        "  'http://127.0.0.1:8731/near'"
      ].join('\n')
    );
  });

  it('in Python reads the token from the environment', () => {
    expect(snippet('python', POST, { flag: true, none: null }, WAY)).toBe(
      [
        'import os',
        '',
        'import requests',
        '',
        'reply = requests.post(',
        '    "http://127.0.0.1:8731/predict",',
        `    headers={"Authorization": f"Bearer {os.environ['SERVICE_TOKEN']}"},`,
        '    json={"flag": True, "none": None},',
        '    timeout=60,',
        ')',
        'reply.raise_for_status()',
        'print(reply.json())'
      ].join('\n')
    );
  });

  it('in JavaScript has the query in the address', () => {
    const code = snippet('javascript', GET, { city: 'A & B' }, WAY);
    expect(code).toContain('fetch("http://127.0.0.1:8731/near?city=A+%26+B"');
    expect(code).toContain('`Bearer ${process.env.SERVICE_TOKEN}`');
  });

  it('holds no token unless it was asked for', () => {
    const shown = { ...WAY, scheme: 'token' as const, token: 's3cr3t' };
    for (const language of ['curl', 'python', 'javascript'] as const) {
      expect(snippet(language, POST, {}, WAY)).not.toContain('s3cr3t');
      expect(snippet(language, POST, {}, shown)).toContain('token s3cr3t');
    }
  });

  it('gives a shell back what went in, whatever it is', () => {
    const said = execFileSync('sh', ['-c', `printf %s ${shell(HOSTILE)}`]);
    expect(said.toString()).toBe(HOSTILE);
  });

  it('gives Python back what went in, whatever it is', () => {
    const value: Json = {
      [HOSTILE]: [HOSTILE, true, false, null, 1e-7, -0.5, []]
    };
    const code = `import json; print(json.dumps(${python(value)}))`;
    const said = execFileSync('python3', ['-c', code]).toString();
    expect(JSON.parse(said)).toEqual(value);
  });

  it('gives JavaScript back what went in, and shows nothing that turns the line', () => {
    const value: Json = { [HOSTILE]: HOSTILE };
    expect(JSON.parse(spaced(value))).toEqual(value);
    expect(spaced(value)).not.toMatch(/[\u202e\n]/);
  });
});

describe('a call', () => {
  it('has its arguments in the query only where there is no body', () => {
    expect(target(GET, { a: 'x y', n: [1, 2] })).toBe(
      '/near?a=x+y&n=%5B1%2C+2%5D'
    );
    expect(target(GET, {})).toBe('/near');
    expect(target(POST, { a: 1 })).toBe('/predict');
  });
});

describe('JSON to be edited', () => {
  it('keeps on a line what fits, and says the same', () => {
    const value: Json = { rows: Array(12).fill([1.5, 2.5, 3.5]), name: 'x' };
    const text = indented(value);
    expect(JSON.parse(text)).toEqual(value);
    expect(text.split('\n')[2]).toBe('    [1.5, 2.5, 3.5],');
  });
});
