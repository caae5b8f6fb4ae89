import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { CommandIDs } from '../commands';
import { isId } from '../core/format';
import { taken } from '../core/live';
import { Problem } from '../core/problem';
import type { IApi } from '../tokens';
import type { Options } from '../wire';
import { saved } from './saving';
import type { IPlaces } from './which';
import { chosen } from './which';

export interface IDeployParts extends IPlaces {
  commands: CommandRegistry;
  api: IApi;
}

/** Save the notebook, then show its review; ship it at once where a cell that runs said so. */
export async function deploy(
  parts: IDeployParts,
  args: ReadonlyPartialJSONObject
): Promise<void> {
  const path = chosen(parts, args);
  if (path === null || !(await saved(parts.notebooks, path))) {
    return;
  }
  const options = optionsOf(args['options']);
  const run = isId(args['run']) ? args['run'] : undefined;
  const fresh = args['fresh'] === true ? { fresh: true } : {};
  const takeOver = args['takeOver'] === true ? { takeOver: true } : {};
  if (args['yes'] === true && taken(run)) {
    if (await shipped(parts, { path, options, ...fresh }, run)) {
      return;
    }
  }
  const review = {
    path,
    options,
    ...(run ? { run } : {}),
    ...fresh,
    ...takeOver
  };
  await parts.commands.execute(CommandIDs.openReview, review);
}

function optionsOf(value: unknown): Options {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Options)
    : {};
}

/**
 * Whether the notebook is on its way: the cell that asked shows the run, so nothing comes in front of
 * it. What stands against it is told by the review.
 */
async function shipped(
  { api }: IDeployParts,
  wish: { path: string; options: Options; fresh?: boolean },
  id: string
): Promise<boolean> {
  const { path, options } = wish;
  try {
    const { digest } = await api.look(path, options);
    const request = { path, digest, options };
    const { plan_digest } = await api.review(request, true);
    await api.ship({ ...wish, digest, id, plan_digest });
    return true;
  } catch (thrown) {
    if (thrown instanceof Problem) {
      return false;
    }
    throw thrown;
  }
}
