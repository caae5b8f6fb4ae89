import { describe, expect, it } from 'vitest';
import {
  ROLES,
  badPath,
  isOurs,
  isRole,
  role,
  route,
  withRole,
  withRoute
} from '../roles';

const tagged = (...tags: string[]) => ({ tags, source: 'f = 1' });
const commented = (source: string, ...tags: string[]) => ({ tags, source });

describe('the role of a cell', () => {
  it('is the word of ours among its tags', () => {
    expect(role(tagged('slideshow', ' train ', 'other'))).toBe('train');
    expect(role(tagged('endpoint:GET /x'))).toBe('endpoint');
    expect(role(tagged('endpoints', 'Endpoint', 'batch'))).toBe('');
  });

  it('may be said by a comment on the first line that is not empty', () => {
    expect(role(commented('\n  # modelship: setup\nopen()'))).toBe('setup');
    expect(role(commented('#modelship:endpoint:/a, batch\ndef f(): ...'))).toBe(
      'endpoint'
    );
    expect(role(commented('x = 1\n# modelship: setup'))).toBe('');
  });

  it('is skip where words contradict, else the first', () => {
    expect(role(tagged('train', 'skip'))).toBe('skip');
    expect(role(tagged('train', 'setup'))).toBe('train');
  });
});

describe('writing a role', () => {
  it('leaves the tags of other tools and their order alone', () => {
    const cell = tagged('remove-input', 'train', 'nbval-skip');
    expect(withRole(cell, 'example').tags).toEqual([
      'remove-input',
      'example',
      'nbval-skip'
    ]);
    expect(withRole(cell, '').tags).toEqual(['remove-input', 'nbval-skip']);
  });

  it('ends contradictions, and keeps batch beside an endpoint only', () => {
    expect(withRole(tagged('train', 'setup', 'x'), 'setup').tags).toEqual([
      'setup',
      'x'
    ]);
    expect(withRole(tagged('train', 'endpoint:/a'), 'endpoint').tags).toEqual([
      'endpoint:/a'
    ]);
    expect(withRole(tagged('endpoint', 'batch'), 'train').tags).toEqual([
      'train'
    ]);
    expect(withRole(tagged('batch'), 'endpoint').tags).toEqual([
      'batch',
      'endpoint'
    ]);
  });

  it('changes nothing where the cell has that role already', () => {
    const cell = tagged('endpoint:GET /x', 'batch');
    expect(withRole(cell, 'endpoint')).toBe(cell);
  });

  it('changes the comment of a cell that is marked by one, and takes it away with the role', () => {
    const cell = commented('\n# modelship: train\nfit()\n', 'x');
    expect(withRole(cell, 'setup')).toEqual(
      commented('\n# modelship: setup\nfit()\n', 'x')
    );
    expect(withRole(cell, '')).toEqual(commented('\nfit()\n', 'x'));
  });

  it('gives every role back that it wrote, by tag and by comment', () => {
    for (const before of [
      tagged(),
      tagged('skip', 'y'),
      commented('# modelship: skip\nx')
    ]) {
      for (const wanted of [...ROLES, ''] as const) {
        expect(role(withRole(before, wanted))).toBe(wanted);
      }
    }
  });
});

describe('the route of an endpoint', () => {
  it('is read from the tag', () => {
    expect(route(tagged('endpoint:/a/b'))).toEqual({
      method: 'POST',
      path: '/a/b'
    });
    expect(route(tagged('endpoint: get /a'))).toEqual({
      method: 'GET',
      path: '/a'
    });
    expect(route(tagged('endpoint'))).toBeNull();
  });

  it('is written where the word stood', () => {
    const cell = tagged('x', 'endpoint', 'batch');
    expect(withRoute(cell, { method: 'GET', path: '/a' }).tags).toEqual([
      'x',
      'endpoint:GET /a',
      'batch'
    ]);
    expect(
      withRoute(withRoute(cell, { method: 'GET', path: '/a' }), null)
    ).toEqual(cell);
  });

  it('has a path that can be served', () => {
    expect(['/', '/a', '/a/b-c_d.e~f'].map(badPath)).toEqual([
      null,
      null,
      null
    ]);
    const shapes = [
      '',
      'a',
      '/a/',
      '//',
      '/a b',
      '/../x',
      '/./x',
      '/é',
      '/<img>'
    ];
    expect(shapes.map(badPath)).toEqual(shapes.map(() => 'shape'));
    expect(badPath('/docs')).toBe('reserved');
  });
});

it('knows a role from any other value', () => {
  expect(['endpoint', '', 'endpoint:/x', null, 3, {}].map(isRole)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false
  ]);
  expect(['batch', 'skip', 'Skip', 'toString', ''].map(isOurs)).toEqual([
    true,
    true,
    false,
    false,
    false
  ]);
});
