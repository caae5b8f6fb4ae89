import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

const FOLDER = 'schema';

describe('the settings', () => {
  it.each(readdirSync(FOLDER))('%s is what JupyterLab takes', name => {
    const schema: unknown = JSON.parse(
      readFileSync(`${FOLDER}/${name}`, 'utf8')
    );
    expect(schema).toMatchObject({
      type: 'object',
      additionalProperties: false
    });
    expect(schema).toHaveProperty('title');
    expect(schema).toHaveProperty('description');
  });
});
