import { Clipboard, Dialog, Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { isId } from '../core/format';
import { plain } from '../core/plain';
import { Problem } from '../core/problem';
import type { IModelship } from '../tokens';
import type { IRun } from '../wire';
import { FrictionModel } from './model';
import { FrictionView } from './view';

const COPY = 'copy';
const SEND = 'send';

/** Opens the dialog about a run; without an id about the newest one of the notebook in front. */
export async function reportFriction(
  modelship: IModelship,
  run: unknown,
  trans: TranslationBundle
): Promise<void> {
  try {
    const [about, of] = await Promise.all([
      modelship.api.about(),
      meant(modelship, run)
    ]);
    const model = new FrictionModel(modelship.api, about, of);
    void model.load(false);
    await ask(model, trans);
  } catch (thrown) {
    Notification.error(said(thrown));
  }
}

/** The run that the report is about; null where nothing ran yet. */
async function meant(
  { api, services, current }: IModelship,
  run: unknown
): Promise<IRun | null> {
  if (isId(run)) {
    return api.run(run);
  }
  const { path } = current;
  const service = path === null ? null : services.ofNotebook(path);
  return service?.run ?? (await api.runs())[0] ?? null;
}

async function ask(
  model: FrictionModel,
  trans: TranslationBundle
): Promise<void> {
  const sends = model.about.friction && model.run !== null;
  const copy = { label: trans.__('Copy as Markdown'), actions: [COPY] };
  const send = { label: trans.__('Send to administrator'), actions: [SEND] };
  const dialog = new Dialog({
    title: trans.__('Report friction'),
    body: new FrictionView(model, trans),
    focusNodeSelector: 'textarea',
    buttons: [
      Dialog.cancelButton({ label: trans.__('Close') }),
      sends
        ? Dialog.createButton({ ...copy, accept: false })
        : Dialog.okButton(copy),
      ...(sends ? [Dialog.okButton(send)] : [])
    ]
  });
  dialog.addClass('jp-modelship-friction-dialog');
  const { button } = await dialog.launch();
  if (!model.ready) {
    return;
  }
  if (button.actions.includes(COPY)) {
    Clipboard.copyToSystem(model.text);
    Notification.success(trans.__('The report is copied.'), {
      autoClose: 3000
    });
  } else if (button.actions.includes(SEND)) {
    await leave(model, trans);
  }
}

/** Sends it; where that fails, the same report can be opened again. */
async function leave(
  model: FrictionModel,
  trans: TranslationBundle
): Promise<void> {
  try {
    await model.send();
    Notification.success(trans.__('The report is sent.'), { autoClose: 3000 });
  } catch (thrown) {
    Notification.error(said(thrown), {
      actions: [
        {
          label: trans.__('Open the report again'),
          callback: () => void ask(model, trans)
        }
      ]
    });
  }
}

function said(thrown: unknown): string {
  const { message, remedy } = Problem.of(thrown);
  return plain([message, remedy].filter(Boolean).join('. '));
}
