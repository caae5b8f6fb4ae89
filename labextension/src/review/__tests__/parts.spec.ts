import { describe, expect, it } from 'vitest';

import { change, Links, ordered } from '../links';
import { signatures } from '../signature';
import { nextRevision } from '../words';
import { LOCKED } from './server';

describe('links between lines and cells', () => {
  const links = new Links({ '12': ['b', 2], '4': ['a', 1], '11': ['b', 1] });

  it('lead from a line to its cell', () => {
    expect(links.place(12)).toEqual({ cell: 'b', line: 2 });
    expect(links.place(5)).toBeNull();
  });

  it('lead from a cell to its lines, in order', () => {
    expect(links.lines('b')).toEqual([11, 12]);
    expect(links.lines('c')).toEqual([]);
  });
});

describe('files', () => {
  const file = (name: string, text: string, live: string | null) => ({
    name,
    text,
    live,
    source_map: {}
  });

  it('are compared with the live revision', () => {
    const changes = [
      file('a', 'x', 'x'),
      file('a', 'y', 'x'),
      file('a', 'x', null),
      file('a', '', 'x')
    ].map(change);
    expect(changes).toEqual(['same', 'changed', 'new', 'gone']);
  });

  it('stand with the code first, then what changed, then the rest', () => {
    const files = [
      file('README.md', 'x', 'x'),
      file('openapi.json', 'y', 'x'),
      file('service.py', 'x', 'x')
    ];
    expect(ordered(files).map(one => one.name)).toEqual([
      'service.py',
      'openapi.json',
      'README.md'
    ]);
  });
});

describe('signatures of an OpenAPI document', () => {
  it('name what is taken and returned', () => {
    const schema = {
      type: 'object',
      properties: {
        row: { type: 'array', items: { type: 'number' } },
        flower: { $ref: '#/components/schemas/Flower' },
        limit: { anyOf: [{ type: 'integer' }, { type: 'null' }] }
      },
      required: ['row', 'flower']
    };
    const document = {
      paths: {
        '/predict': {
          post: {
            summary: 'Name it.',
            requestBody: { content: { 'application/json': { schema } } },
            responses: {
              '200': {
                content: {
                  'application/json': { schema: { enum: ['a', 'b'] } }
                }
              }
            }
          }
        }
      }
    };
    expect(signatures(document)).toEqual([
      {
        method: 'POST',
        path: '/predict',
        summary: 'Name it.',
        takes: [
          { name: 'row', type: 'list of number', required: true },
          { name: 'flower', type: 'Flower', required: true },
          { name: 'limit', type: 'integer or null', required: false }
        ],
        returns: '"a" | "b"'
      }
    ]);
  });

  it.each([[null], ['text'], [[]], [{ paths: { '/a': { post: 3 } } }]])(
    'survive a document that is none: %j',
    document => {
      expect(() => signatures(document)).not.toThrow();
    }
  );
});

describe('the number of the next revision', () => {
  const live = {
    service: 'iris',
    target: 'local',
    state: 'running' as const,
    revision: 2,
    plan_digest: '',
    drifted: false
  };

  it('is 1 on a first deploy', () => {
    expect(nextRevision(LOCKED, [])).toBe(1);
  });

  it('follows the highest that was ever used, also after a roll back', () => {
    expect(nextRevision({ ...LOCKED, live }, [])).toBe(3);
    expect(nextRevision({ ...LOCKED, live }, [{ number: 4 }])).toBe(5);
  });
});
