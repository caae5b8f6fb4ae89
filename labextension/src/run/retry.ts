import type { INotebookTracker } from '@jupyterlab/notebook';
import type { CommandRegistry } from '@lumino/commands';

import { CommandIDs } from '../commands';
import { saved } from '../commands/saving';
import { newId } from '../core/format';
import { Problem } from '../core/problem';
import type { IApi } from '../tokens';
import type { IRun, IShip } from '../wire';

export interface IRetryParts {
  api: IApi;
  commands: CommandRegistry;
  notebooks: INotebookTracker;
}

/**
 * Run the same plan again, with the options that the run had. Where anything has changed since it
 * was reviewed, there is something to look at first: then the review opens, and nothing runs.
 */
export async function retry(parts: IRetryParts, run: IRun): Promise<void> {
  const { api, commands, notebooks } = parts;
  if (run.path === null || !(await saved(notebooks, run.path))) {
    return;
  }
  const again = await same(api, run, run.path);
  if (again) {
    await commands.execute(CommandIDs.openRun, { run: again.id });
  } else {
    const { path, options, fresh } = run;
    await commands.execute(CommandIDs.openReview, { path, options, fresh });
  }
}

/** A new run of the plan that was reviewed; null where the notebook is another plan by now. */
async function same(api: IApi, run: IRun, path: string): Promise<IRun | null> {
  const { options } = run;
  try {
    const { digest } = await api.look(path, options);
    const request = { path, digest, options };
    const { plan_digest } = await api.review(request, true);
    return plan_digest === run.plan_digest
      ? await api.ship({ ...request, id: newId(), plan_digest, ...asked(run) })
      : null;
  } catch (thrown) {
    if (thrown instanceof Problem && !thrown.away) {
      return null;
    }
    throw thrown;
  }
}

/** What else was asked for: reasons that somebody gave for this very plan among it. */
function asked({ until, overrides, fresh, takes_over }: IRun): Partial<IShip> {
  return {
    ...(until === null ? {} : { until }),
    ...(Object.keys(overrides).length > 0 ? { overrides } : {}),
    ...(fresh ? { fresh } : {}),
    ...(takes_over ? { takes_over } : {})
  };
}
