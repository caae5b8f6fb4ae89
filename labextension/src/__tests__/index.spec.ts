import { describe, expect, it } from 'vitest';

import plugins from '../index';

describe('the extension', () => {
  it('lists plugins with ids of its own package', () => {
    for (const plugin of plugins) {
      expect(plugin.id).toMatch(/^@jupyter-modelship\/labextension:/);
      expect(plugin.description).toBeTruthy();
    }
  });
});
