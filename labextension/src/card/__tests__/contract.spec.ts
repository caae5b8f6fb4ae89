import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { Json } from '../../wire';
import { blank, type Obj, operations } from '../contract';
import { atFields, fillable, flawsOf, layout } from '../fields';
import { accepts } from '../validator';

const GOLDEN = join(__dirname, '../../../../tests/golden');

/** The OpenAPI document that the contract of a recorded notebook gives. */
function golden(name: string): Json {
  const path = join(GOLDEN, name, 'expected/openapi.json');
  return JSON.parse(readFileSync(path, 'utf-8')) as Json;
}

describe('the endpoints of a contract', () => {
  it('are its operations with schema and examples', () => {
    const [predict, ...more] = operations(golden('iris'));
    expect(more).toEqual([]);
    expect(predict).toMatchObject({
      name: 'predict',
      method: 'POST',
      path: '/predict',
      summary: 'Name the species of a flower.',
      query: false,
      samples: [{ arguments: { row: [5.1, 3.5, 1.4, 0.2] }, result: 'setosa' }]
    });
  });

  it('follow references to classes', () => {
    const [measure] = operations(golden('dataclass'));
    const { schema, samples } = measure;
    expect(accepts(schema, samples[0].arguments, schema)).toBe(true);
    expect(accepts(schema, { flower: { sepal: 'long' } }, schema)).toBe(false);
  });

  it('of a query take their arguments from its parameters', () => {
    const document: Json = {
      paths: {
        '/near': {
          get: {
            operationId: 'near',
            parameters: [
              {
                name: 'city',
                in: 'query',
                required: true,
                schema: { type: 'string' },
                example: 'Bonn'
              },
              {
                name: 'km',
                in: 'query',
                required: false,
                schema: { type: 'number', default: 5 }
              }
            ]
          }
        }
      }
    };
    expect(operations(document)).toEqual([
      {
        name: 'near',
        method: 'GET',
        path: '/near',
        summary: '',
        query: true,
        schema: {
          type: 'object',
          properties: {
            city: { type: 'string' },
            km: { type: 'number', default: 5 }
          },
          required: ['city'],
          components: {}
        },
        samples: [{ arguments: { city: 'Bonn' } }]
      }
    ]);
  });

  it('are none where the document is none', () => {
    for (const document of [
      null,
      'text',
      [],
      { paths: [] },
      { paths: { '/': null } }
    ]) {
      expect(operations(document as Json)).toEqual([]);
    }
  });
});

describe('arguments to start with', () => {
  it('have the plainest value of each that is required', () => {
    const schema: Obj = {
      properties: {
        row: { type: 'array', items: { type: 'number' }, minItems: 2 },
        kind: { type: 'string', enum: ['a', 'b'] },
        scale: { type: ['number', 'null'] },
        pair: {
          type: 'array',
          prefixItems: [{ type: 'string' }, { type: 'boolean' }],
          items: false
        },
        one: { $ref: '#/components/schemas/One' },
        left: { type: 'string' }
      },
      required: ['row', 'kind', 'scale', 'pair', 'one'],
      components: {
        schemas: {
          One: {
            type: 'object',
            properties: { n: { type: 'integer' } },
            required: ['n']
          }
        }
      }
    };
    expect(blank(schema)).toEqual({
      row: [0, 0],
      kind: 'a',
      scale: 0,
      pair: ['', false],
      one: { n: 0 }
    });
  });

  it('end where a class holds itself', () => {
    const schema: Obj = {
      properties: { tree: { $ref: '#/components/schemas/Tree' } },
      required: ['tree'],
      components: {
        schemas: {
          Tree: {
            type: 'object',
            properties: { left: { $ref: '#/components/schemas/Tree' } },
            required: ['left']
          }
        }
      }
    };
    expect(JSON.stringify(blank(schema))).toContain('null');
  });
});

describe('the form', () => {
  const root = {};

  it('has fields for plain values and short lists of them', () => {
    expect(fillable({ type: 'number' }, 1, root)).toBe(true);
    const list = { type: 'array', items: { type: 'number' } };
    expect(fillable(list, [1, 2], root)).toBe(true);
    expect(fillable(list, Array(25).fill(0), root)).toBe(false);
  });

  it('takes JSON for what fields cannot say', () => {
    expect(fillable({}, 1, root)).toBe(false);
    expect(fillable({ type: ['string', 'number'] }, 1, root)).toBe(false);
    expect(
      fillable({ anyOf: [{ type: 'string' }, { type: 'array' }] }, '', root)
    ).toBe(false);
    const rows = {
      type: 'array',
      items: { type: 'array', items: { type: 'number' } }
    };
    expect(layout({ properties: { rows } }, { rows: [] })).toEqual({
      rows: { 'ui:field': 'json' }
    });
  });

  it('shows what the service refused beside the field it means', () => {
    const flaws = flawsOf({
      status: 422,
      errors: [
        { pointer: '/row/2', message: 'Expected a number.' },
        { pointer: '/a~1b', message: 'Missing.' },
        { pointer: '', message: 'Not an object.' },
        'something else'
      ]
    });
    expect(atFields(flaws)).toEqual({
      row: { 2: { __errors: ['Expected a number.'] } },
      'a/b': { __errors: ['Missing.'] },
      __errors: ['Not an object.']
    });
  });

  it('is not poisoned by a pointer', () => {
    atFields([{ pointer: '/__proto__/x', message: 'no' }]);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });
});
