import {
  Clipboard,
  Dialog,
  Notification,
  showDialog,
  showErrorMessage
} from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { type ISignal, Signal } from '@lumino/signaling';

import type { IApi } from '../tokens';
import type { IRevision, IService } from '../wire';

/** What people do to a service. */
export type Verb = 'start' | 'stop' | 'rollback' | 'delete';

interface IQuestion {
  title: string;
  body: string;
  button: string;
  /** It takes something away from callers. */
  grave: boolean;
}

/** Start, stop, roll back and delete, each after a dialog that says what happens. */
export class Actions {
  constructor(
    private readonly _api: IApi,
    private readonly _trans: TranslationBundle
  ) {}

  /** An action has begun or ended. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What is being done to a service right now. */
  busy(service: string): Verb | null {
    return this._busy.get(service) ?? null;
  }

  /** Ask, then act. True where it was done. */
  async ask(
    verb: Verb,
    service: IService,
    revision?: number
  ): Promise<boolean> {
    if (this._busy.has(service.service)) {
      return false;
    }
    const question = questionOf(verb, service, revision, this._trans);
    const make = question.grave ? Dialog.warnButton : Dialog.okButton;
    const answer = await showDialog({
      title: question.title,
      body: question.body,
      buttons: [Dialog.cancelButton(), make({ label: question.button })],
      defaultButton: question.grave ? 0 : 1
    });
    return answer.button.accept
      ? this._act(verb, service.service, revision)
      : false;
  }

  /** The address that the user's own browser reaches. */
  address(service: string): string {
    return new URL(this._api.proxyUrl(service), window.location.href).href;
  }

  copy(text: string): void {
    Clipboard.copyToSystem(text);
    Notification.info(this._trans.__('Copied.'), { autoClose: 1500 });
  }

  private async _act(
    verb: Verb,
    name: string,
    revision?: number
  ): Promise<boolean> {
    this._busy.set(name, verb);
    this._changed.emit();
    try {
      await this._call(verb, name, revision);
      return true;
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      void showErrorMessage(failureOf(verb, name, this._trans), said);
      return false;
    } finally {
      this._busy.delete(name);
      this._changed.emit();
    }
  }

  private _call(verb: Verb, name: string, revision?: number): Promise<unknown> {
    return verb === 'rollback'
      ? this._api.rollback(name, revision)
      : this._api[verb](name);
  }

  private readonly _busy = new Map<string, Verb>();
  private readonly _changed = new Signal<this, void>(this);
}

/** The revision that a rollback goes to when nobody names one: the newest older one with other bytes. */
export function previous(service: IService): IRevision | null {
  const live = service.revisions.find(one => one.number === service.revision);
  const older = service.revisions.filter(
    one =>
      one.number < service.revision && one.bundle_digest !== live?.bundle_digest
  );
  return older.reduce<IRevision | null>(
    (best, one) => (best === null || one.number > best.number ? one : best),
    null
  );
}

/** The word for what is being done. */
export function doingWord(verb: Verb, trans: TranslationBundle): string {
  switch (verb) {
    case 'start':
      return trans.__('Starting');
    case 'stop':
      return trans.__('Stopping');
    case 'rollback':
      return trans.__('Rolling back');
    case 'delete':
      return trans.__('Deleting');
  }
}

/** What a dialog asks before `verb`. */
export function questionOf(
  verb: Verb,
  service: IService,
  revision: number | undefined,
  trans: TranslationBundle
): IQuestion {
  const name = service.service;
  const live = service.revision;
  const count = service.revisions.length;
  switch (verb) {
    case 'start':
      return {
        title: trans.__('Start %1?', name),
        body: trans.__(
          'Revision %1 answers requests again, at the same address.',
          live
        ),
        button: trans.__('Start'),
        grave: false
      };
    case 'stop':
      return {
        title: trans.__('Stop %1?', name),
        body: trans.__(
          'Requests under way are finished, later ones are refused. Revisions, log and settings stay. Start brings revision %1 back.',
          live
        ),
        button: trans.__('Stop'),
        grave: true
      };
    case 'rollback':
      return {
        title: trans.__('Roll %1 back to revision %2?', name, revision ?? ''),
        body: trans.__(
          'What revision %1 is made of goes live again under a new number. Callers notice no break: revision %2 serves until the other one answers. The notebook stays as it is.',
          revision ?? '',
          live
        ),
        button: trans.__('Roll back'),
        grave: true
      };
    case 'delete':
      return {
        title: trans.__('Delete %1?', name),
        body: trans._n(
          'It stops answering at once. Its %1 revision, its log and its token are removed and cannot be brought back. The notebook stays.',
          'It stops answering at once. Its %1 revisions, its log and its token are removed and cannot be brought back. The notebook stays.',
          count
        ),
        button: trans.__('Delete'),
        grave: true
      };
  }
}

function failureOf(verb: Verb, name: string, trans: TranslationBundle): string {
  switch (verb) {
    case 'start':
      return trans.__('%1 did not start', name);
    case 'stop':
      return trans.__('%1 was not stopped', name);
    case 'rollback':
      return trans.__('%1 was not rolled back', name);
    case 'delete':
      return trans.__('%1 was not deleted', name);
  }
}
