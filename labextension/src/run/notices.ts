import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import { CommandIDs } from '../commands';
import { plain } from '../core/plain';
import { begun } from '../core/prose';
import type { IModelship } from '../tokens';
import type { IRun } from '../wire';
import { RunModel } from './model';
import { failure, heading, reason, status } from './words';

export type Told = 'all' | 'end' | 'none';

export interface INoticesOptions {
  modelship: IModelship;
  commands: CommandRegistry;
  trans: TranslationBundle;
  /** Which runs are told about. */
  told: () => Told;
  /** Whether the view of a run is in front: then it needs no pop-up. */
  seen: (run: string) => boolean;
}

/** Seconds after which the end of a run is no news: its view was opened again, or restored. */
const NEWS_SECONDS = 60;
/** Milliseconds for which a good end stays on the screen. */
const GOOD_MS = 8000;

/** One notification a run, which changes in place from its start to its end. */
export class Notices {
  private _watched = new Map<string, Notice>();

  constructor(private readonly _options: INoticesOptions) {
    const { services } = _options.modelship;
    services.changed.connect(this._onServices, this);
    this._onServices();
  }

  /** Tell of a run from now on; nothing where it is told of already. */
  watch(run: string): void {
    if (!this._watched.has(run) && this._options.told() !== 'none') {
      this._watched.set(run, new Notice(run, this._options));
    }
  }

  private _onServices(): void {
    for (const { run } of this._options.modelship.services.all) {
      if (run && (run.state === 'queued' || run.state === 'running')) {
        this.watch(run.id);
      }
    }
  }
}

class Notice {
  private _model: RunModel;
  private _shown = '';
  private _text = '';

  constructor(
    run: string,
    private readonly _options: INoticesOptions
  ) {
    const { api, channels } = _options.modelship;
    const soon = (tell: () => void) => void setTimeout(tell, 200);
    this._model = new RunModel({ id: run, api, channels, soon });
    this._model.changed.connect(this._onChanged, this);
  }

  private _onChanged(): void {
    const model = this._model;
    if (!model.run) {
      return;
    }
    if (!this._shown && isOld(model.run)) {
      model.dispose();
    } else if (model.active) {
      this._going();
    } else if (model.state !== 'interrupted') {
      this._ended();
      model.dispose();
    }
  }

  private _going(): void {
    const { told, trans, seen } = this._options;
    const text = `${heading(this._model, trans)}: ${status(this._model, trans)}`;
    if (told() !== 'all' || text === this._text) {
      return;
    }
    this._text = text;
    const stages = this._model.stages.shown;
    const done = stages.filter(stage => stage.state !== 'waiting').length;
    const said = {
      progress: Math.max(done - 1, 0) / stages.length,
      autoClose: seen(this._model.id) ? 0 : (false as const),
      actions: [this._open(trans.__('Show'))]
    };
    this._tell(text, 'in-progress', said);
  }

  private _ended(): void {
    const { trans, seen } = this._options;
    const model = this._model;
    const quiet = seen(model.id);
    if (model.state === 'succeeded') {
      const text = `${heading(model, trans)}: ${status(model, trans)}`;
      const actions = [this._openService(trans.__('Open'))];
      this._tell(text, 'success', { autoClose: quiet ? 0 : GOOD_MS, actions });
    } else if (model.state === 'failed') {
      const why = begun(plain(reason(model), 200));
      const text = `${heading(model, trans)}: ${failure(model, trans)}. ${why}`;
      const actions = [this._open(trans.__('See why'))];
      this._tell(text, 'error', { autoClose: quiet ? 0 : false, actions });
    } else {
      const text = `${heading(model, trans)}: ${status(model, trans)}`;
      this._tell(text, 'info', { autoClose: quiet ? 0 : GOOD_MS, actions: [] });
    }
  }

  private _tell(
    message: string,
    type: Notification.TypeOptions,
    said: Pick<
      Notification.IOptions<never>,
      'progress' | 'autoClose' | 'actions'
    >
  ): void {
    if (this._shown && Notification.manager.has(this._shown)) {
      Notification.update({ id: this._shown, message, type, ...said });
    } else if (type !== 'in-progress' || !this._shown) {
      this._shown = Notification.emit(message, type, said);
    }
  }

  private _open(label: string): Notification.IAction {
    const run = this._model.id;
    const { commands } = this._options;
    return {
      label,
      callback: () => void commands.execute(CommandIDs.openRun, { run })
    };
  }

  private _openService(label: string): Notification.IAction {
    const service = this._model.result?.service ?? '';
    if (this._model.run?.until === 'prove') {
      return this._open(label);
    }
    const { commands } = this._options;
    return {
      label,
      callback: () => void commands.execute(CommandIDs.openService, { service })
    };
  }
}

function isOld(run: IRun): boolean {
  const age = Date.now() / 1000 - run.created;
  return run.finished !== null && age > NEWS_SECONDS;
}
