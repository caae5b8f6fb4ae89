import js from '@eslint/js';
import jupyter from '@jupyter/eslint-plugin';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['lib/**', 'node_modules/**', '**/*.config.*', 'package.json'] },
  ...[js.configs.recommended, ...tseslint.configs.recommended].map(part => ({
    ...part,
    files: ['**/*.ts', '**/*.tsx']
  })),
  { plugins: { jupyter } },
  ...jupyter.configs.recommended.map(part => ({
    ...part,
    files: part.files ?? ['**/*.ts', '**/*.tsx'],
    plugins: { ...part.plugins, jupyter }
  })),
  {
    files: ['**/*.ts', '**/*.tsx'],
    rules: {
      curly: ['error', 'all'],
      eqeqeq: 'error',
      'no-console': 'error',
      'max-lines': ['error', 400],
      'prefer-arrow-callback': 'error',
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'Data is shown as text nodes.' },
        { property: 'outerHTML', message: 'Data is shown as text nodes.' },
        {
          property: 'insertAdjacentHTML',
          message: 'Data is shown as text nodes.'
        }
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
          message: 'Data is shown as text nodes.'
        }
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/naming-convention': [
        'error',
        {
          selector: 'interface',
          format: ['PascalCase'],
          custom: { regex: '^I[A-Z]', match: true }
        }
      ],
      '@typescript-eslint/no-unused-vars': ['error', { args: 'none' }],
      '@typescript-eslint/no-namespace': 'off'
    }
  },
  {
    // What tests make up is shown to nobody, and described to nobody.
    files: ['**/__tests__/**'],
    rules: {
      'jupyter/command-described-by': 'off',
      'jupyter/no-untranslated-string': 'off'
    }
  }
);
