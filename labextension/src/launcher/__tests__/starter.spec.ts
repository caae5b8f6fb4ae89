import { nullTranslator } from '@jupyterlab/translation';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { Problem } from '../../core/problem';
import { choose } from '../chooser';
import {
  freeName,
  type IStarterParts,
  openStarter,
  withKernel
} from '../starter';

const shown = vi.hoisted(() => vi.fn(() => Promise.resolve()));

vi.mock('@jupyterlab/apputils', async original => ({
  ...(await original<typeof import('@jupyterlab/apputils')>()),
  showErrorMessage: shown
}));
vi.mock('../chooser', () => ({ choose: vi.fn() }));

const trans = nullTranslator.load('jupyter_modelship');
const starter = (name: string, title: string) => ({
  name,
  title,
  description: ''
});
const model = starter('model', 'A model');
const table = starter('table', 'A table');
const specs = {
  default: 'own',
  kernelspecs: {
    own: {
      name: 'own',
      display_name: 'Own',
      language: 'python',
      argv: [],
      resources: {}
    }
  }
};

function parts(more: Partial<IStarterParts> = {}) {
  const saved: [string, unknown][] = [];
  const opened: string[] = [];
  const contents = {
    get: vi.fn(async () => ({ content: [{ name: 'model.ipynb' }] })),
    save: vi.fn(async (path: string, { content }: { content?: unknown }) => {
      saved.push([path, content]);
    })
  };
  const given: IStarterParts = {
    api: {
      templates: async () => [model, table],
      template: async name => ({ cells: [name] })
    },
    contents: contents as unknown as IStarterParts['contents'],
    kernels: () => null,
    open: path => opened.push(path),
    folder: 'work',
    template: undefined,
    trans,
    ...more
  };
  return { given, saved, opened };
}

beforeEach(() => {
  shown.mockClear();
  vi.mocked(choose).mockReset();
});

describe('a starter notebook', () => {
  it('is copied beside what is there, and opened', async () => {
    const { given, saved, opened } = parts({ template: 'model' });
    await openStarter(given);
    expect(saved).toEqual([['work/model-2.ipynb', { cells: ['model'] }]]);
    expect(opened).toEqual(['work/model-2.ipynb']);
  });

  it('is chosen where several are installed', async () => {
    vi.mocked(choose).mockResolvedValue('table');
    const { given, opened } = parts();
    await openStarter(given);
    expect(choose).toHaveBeenCalledWith([model, table], trans);
    expect(opened).toEqual(['work/table.ipynb']);
  });

  it('needs no choice where there is one', async () => {
    const { given, opened } = parts();
    given.api.templates = async () => [table];
    await openStarter(given);
    expect(choose).not.toHaveBeenCalled();
    expect(opened).toEqual(['work/table.ipynb']);
  });

  it('is not opened where nobody chose', async () => {
    vi.mocked(choose).mockResolvedValue(null);
    const { given, saved, opened } = parts();
    await openStarter(given);
    expect([saved, opened]).toEqual([[], []]);
  });

  it('says why it cannot be had', async () => {
    const { given, opened } = parts({ template: '../../etc' });
    given.api.template = async () => {
      throw new Problem(404, { message: 'There is none.', remedy: 'Ask.' });
    };
    await openStarter(given);
    expect(opened).toEqual([]);
    expect(shown).toHaveBeenCalledWith(
      'The starter notebook cannot be opened',
      'There is none.\n\nAsk.'
    );
  });
});

describe('the name of a copy', () => {
  it('is the first that is free', () => {
    expect(freeName('a', new Set())).toBe('a.ipynb');
    expect(freeName('a', new Set(['a.ipynb', 'a-2.ipynb']))).toBe('a-3.ipynb');
  });
});

describe('the kernel of a copy', () => {
  const book = { metadata: { kernelspec: { name: 'python3' }, more: 1 } };

  it("is the server's default where it has none of that name", () => {
    const kernelspec = { name: 'own', display_name: 'Own', language: 'python' };
    const metadata = { kernelspec, more: 1 };
    expect(withKernel(book, specs)).toEqual({ metadata });
    expect(withKernel({ metadata: null }, specs)).toEqual({
      metadata: { kernelspec }
    });
  });

  it('stays where the server has it, and where nothing is known', () => {
    const own = { metadata: { kernelspec: { name: 'own' } } };
    expect(withKernel(own, specs)).toBe(own);
    expect(withKernel(book, null)).toBe(book);
  });
});
