import { showErrorMessage } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { Contents, KernelSpec } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import { Problem } from '../core/problem';
import type { IApi } from '../tokens';
import type { Json } from '../wire';
import { choose } from './chooser';

export interface IStarterParts {
  api: Pick<IApi, 'templates' | 'template'>;
  contents: Pick<Contents.IManager, 'get' | 'save'>;
  kernels: () => KernelSpec.ISpecModels | null;
  open: (path: string) => unknown;
  /** Where the copy is put. */
  folder: string;
  /** Name of a starter; anything else lets people choose. */
  template: unknown;
  trans: TranslationBundle;
}

/** Copy a starter into a folder and open the copy. */
export async function openStarter(parts: IStarterParts): Promise<void> {
  const { trans } = parts;
  try {
    const name = await nameOf(parts);
    if (name !== null) {
      const notebook = await parts.api.template(name);
      parts.open(await put(parts, name, notebook));
    }
  } catch (thrown) {
    const { message, remedy } = Problem.of(thrown);
    await showErrorMessage(
      trans.__('The starter notebook cannot be opened'),
      [message, remedy].filter(Boolean).join('\n\n')
    );
  }
}

/** The starter that was asked for, the only one that there is, or the one that somebody chose. */
async function nameOf(parts: IStarterParts): Promise<string | null> {
  if (typeof parts.template === 'string') {
    return parts.template;
  }
  const all = await parts.api.templates();
  return all.length === 1 ? all[0].name : choose(all, parts.trans);
}

/** Save the notebook under a name that is free; its path. */
async function put(
  { contents, folder, kernels }: IStarterParts,
  name: string,
  notebook: Json
): Promise<string> {
  const listing: Contents.IModel = await contents.get(folder);
  const items: readonly Contents.IModel[] = listing.content;
  const taken = new Set(items.map(item => item.name));
  const path = PathExt.join(folder, freeName(name, taken));
  const content = withKernel(notebook, kernels());
  await contents.save(path, { type: 'notebook', format: 'json', content });
  return path;
}

/** `model.ipynb`, else `model-2.ipynb`, and so on. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = `${name}.ipynb`;
  for (let number = 2; taken.has(free); number += 1) {
    free = `${name}-${number}.ipynb`;
  }
  return free;
}

/** The notebook with this server's default kernel, where it has none of the notebook's name. */
export function withKernel(
  notebook: Json,
  specs: KernelSpec.ISpecModels | null
): Json {
  const document = asObject(notebook);
  const metadata = asObject(document['metadata']);
  const name = asObject(metadata['kernelspec'])['name'];
  const found = specs?.kernelspecs ?? {};
  const own = specs && found[specs.default];
  if (!own || (typeof name === 'string' && found[name])) {
    return notebook;
  }
  const { display_name, language } = own;
  const kernelspec = { name: own.name, display_name, language };
  return { ...document, metadata: { ...metadata, kernelspec } };
}

function asObject(value: Json | undefined): { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? value
    : {};
}
