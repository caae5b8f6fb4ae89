import type { JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget, type WidgetTracker } from '@jupyterlab/apputils';
import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import { CommandIDs } from '../commands';
import { workArea } from '../core/area';
import { isId } from '../core/format';
import { plain } from '../core/plain';
import type { IModelship } from '../tokens';
import type { Options } from '../wire';
import type { IReviewContext } from './context';
import { reviewIcon } from './icon';
import { ReviewModel } from './model';
import { NotebookDoor } from './notebook';
import { ReviewPanel } from './widget';
import { nextRevision } from './words';

export interface IOpenArguments {
  path: string;
  options: Options;
  /** A UUID made elsewhere, e.g. by `%deploy`, whose card waits for the run of that name. */
  run?: string;
  /** Shipping makes anew whatever is cached, or live already. */
  fresh?: boolean;
  /** It is agreed that the service is taken over, if it is another notebook's. */
  takeOver?: boolean;
}

export interface IParts {
  app: JupyterFrontEnd;
  modelship: IModelship;
  notebooks: INotebookTracker;
  documents: IDocumentManager;
  languages: IEditorLanguageRegistry | null;
  trans: TranslationBundle;
  tracker: WidgetTracker<MainAreaWidget<ReviewPanel>>;
}

type Shown = MainAreaWidget<ReviewPanel>;

/** Show the review of a notebook: the one that is open already, asked again, or a new one. */
export async function openReview(
  parts: IParts,
  args: IOpenArguments
): Promise<Shown> {
  const { app, tracker } = parts;
  const open = tracker.find(
    ({ content }) => content.model.state.path === args.path
  );
  const shown = open ?? made(parts, args);
  if (open === undefined) {
    await tracker.add(shown);
    app.shell.add(shown, workArea(app));
  } else {
    open.content.model.ask(args);
  }
  app.shell.activateById(shown.id);
  void shown.content.model.review();
  return shown;
}

function made(parts: IParts, args: IOpenArguments): Shown {
  const { trans, tracker } = parts;
  const model = modelOf(parts, args);
  const content = new ReviewPanel(
    contextOf(parts, model, () => shown.dispose())
  );
  const shown = new MainAreaWidget({ content });
  // MainAreaWidget calls every content "main area content", in the role of a region.
  content.node.setAttribute('aria-label', trans.__('Review'));
  const name = plain(PathExt.basename(args.path), 60);
  shown.id = `modelship-review-${args.path}`;
  shown.title.label = trans.__('Review: %1', name);
  shown.title.caption = plain(args.path);
  shown.title.icon = reviewIcon;
  shown.title.closable = true;
  shown.toolbar.hide();
  model.changed.connect(() => void tracker.save(shown), shown);
  return shown;
}

function modelOf(parts: IParts, args: IOpenArguments): ReviewModel {
  const { app, modelship, notebooks, documents } = parts;
  return new ReviewModel({
    path: args.path,
    options: args.options,
    run: isId(args.run) ? args.run : undefined,
    fresh: args.fresh,
    takeOver: args.takeOver,
    api: modelship.api,
    channels: modelship.channels,
    door: new NotebookDoor(args.path, notebooks, documents),
    openRun: run => void app.commands.execute(CommandIDs.openRun, { run })
  });
}

function contextOf(
  parts: IParts,
  model: ReviewModel,
  close: () => void
): IReviewContext {
  const { app, modelship, languages, trans } = parts;
  const { path } = model.state;
  const run = (
    id: string,
    args: { [key: string]: string | number | undefined }
  ): void => {
    void app.commands.execute(id, args as { [key: string]: string });
  };
  return {
    model,
    trans,
    languages,
    about: modelship.api.about(),
    schema: once(() => modelship.api.options()),
    checks: once(() => modelship.api.findings()),
    nextRevision: () => {
      const { review } = model.state;
      const known =
        review === null ? null : modelship.services.find(review.service);
      return review === null ? 1 : nextRevision(review, known?.revisions ?? []);
    },
    goToCell: (cell, line) => run(CommandIDs.goToCell, { path, cell, line }),
    openRun: id => run(CommandIDs.openRun, { run: id }),
    openService: service => run(CommandIDs.openService, { service }),
    close
  };
}

/** Ask once, and again only after a failure. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null;
  return () => {
    answer ??= ask().catch((thrown: unknown) => {
      answer = null;
      throw thrown;
    });
    return answer;
  };
}
