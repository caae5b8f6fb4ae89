import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'jsdom',
    setupFiles: ['./test/setup.ts'],
    include: ['src/**/__tests__/**/*.spec.{ts,tsx}'],
    css: false,
    // @jupyter/ydoc fills its cells before they are part of a document, and Yjs says so each time.
    onConsoleLog: text => !text.includes('Add Yjs type to a document'),
    // JupyterLab's packages import each other without file extensions: only a bundler reads that.
    server: {
      deps: {
        inline: [/@jupyterlab\//, /@lumino\//, /@jupyter\//, /@codemirror\//]
      }
    }
  }
});
