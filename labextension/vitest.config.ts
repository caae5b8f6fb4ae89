import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'jsdom',
    setupFiles: ['./test/setup.ts'],
    include: ['src/**/__tests__/**/*.spec.{ts,tsx}'],
    css: false,
    // JupyterLab's packages import each other without file extensions: only a bundler reads that.
    server: {
      deps: {
        inline: [/@jupyterlab\//, /@lumino\//, /@jupyter\//, /@codemirror\//]
      }
    }
  }
});
