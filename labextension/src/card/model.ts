import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { IModelship } from '../tokens';
import type { IFile, IFailure, IProvenance, IService } from '../wire';
import { type IOperation, operations } from './contract';
import { Loaded } from './loaded';
import { Trial } from './trial';

export type Tab = 'try' | 'use' | 'watch' | 'history' | 'provenance';

export const TABS: readonly Tab[] = [
  'try',
  'use',
  'watch',
  'history',
  'provenance'
];

/** What the card of one service shows. */
export class CardModel implements IDisposable {
  constructor(
    readonly ship: IModelship,
    readonly name: string
  ) {
    const { api } = ship;
    const emit = (): void => this._emit();
    this.contract = new Loaded(() => this._trials(), emit);
    this.failures = new Loaded<IFailure[]>(() => api.failures(name), emit);
    this.files = new Loaded<IFile[]>(
      () => api.files(name, this._compared ?? 0),
      emit
    );
    this.provenance = new Loaded<IProvenance>(
      () => api.provenance(name, this._examined ?? undefined),
      emit
    );
    ship.services.changed.connect(this._onServices, this);
    ship.channels.stateChanged.connect(this._emit, this);
    this._onServices();
  }

  /** One trial an endpoint of the live revision. */
  readonly contract: Loaded<Trial[]>;
  readonly failures: Loaded<IFailure[]>;
  readonly files: Loaded<IFile[]>;
  readonly provenance: Loaded<IProvenance>;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** As it is, or as it was last seen. */
  get service(): IService | null {
    return this._service;
  }

  /** It was there and is not any more. */
  get deleted(): boolean {
    return (
      this.ship.services.loaded && this.ship.services.find(this.name) === null
    );
  }

  get away(): boolean {
    return this.ship.channels.state === 'away';
  }

  get tab(): Tab {
    return this._tab;
  }

  set tab(tab: Tab) {
    this._tab = tab;
    this._want();
    this._tabChanged.emit();
    this._emit();
  }

  /** Another tab is in front; what else happens comes by `changed` alone. */
  get tabChanged(): ISignal<this, void> {
    return this._tabChanged;
  }

  /** The endpoint whose form or snippets are shown. */
  get trial(): Trial | null {
    const trials = this.contract.value ?? [];
    return (
      trials.find(one => one.operation.name === this._endpoint) ??
      trials[0] ??
      null
    );
  }

  set endpoint(name: string) {
    this._endpoint = name;
    this._emit();
  }

  /** The revision beside the live one; null while none is compared. */
  get compared(): number | null {
    return this._compared;
  }

  set compared(revision: number | null) {
    this._compared = revision;
    if (revision !== null) {
      this.files.value = null;
      this.files.want(`${revision} ${this._service?.revision}`);
    }
    this._emit();
  }

  /** The revision whose provenance is shown; null is the live one. */
  get examined(): number | null {
    return this._examined;
  }

  set examined(revision: number | null) {
    this._examined = revision;
    this._want();
    this._emit();
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      Signal.clearData(this);
    }
  }

  private _onServices(): void {
    this._service = this.ship.services.find(this.name) ?? this._service;
    this._want();
    this._emit();
  }

  /** Load what the tab in front needs, once a revision. */
  private _want(): void {
    const service = this._service;
    if (service === null || this.deleted) {
      return;
    }
    const live = `${service.revision} ${service.plan_digest}`;
    if (this._tab === 'try' || this._tab === 'use') {
      // A service that does not run describes itself as soon as it does.
      this.contract.want(`${live} ${service.state === 'running'}`);
    } else if (this._tab === 'watch') {
      this.failures.want(live);
    } else if (this._tab === 'provenance') {
      this.provenance.want(`${this._examined ?? live}`);
    }
  }

  private async _trials(): Promise<Trial[]> {
    const document = await this.ship.api.openapi(this.name);
    const before = this.contract.value ?? [];
    return operations(document).map(operation => {
      const old = before.find(one => one.operation.name === operation.name);
      if (old && shape(old.operation) === shape(operation)) {
        old.operation = operation; // what was typed, and a reply under way, stay
        return old;
      }
      const emit = (): void => this._emit();
      const fresh = new Trial(operation, this.name, this.ship.api, emit);
      if (old) {
        fresh.resume(old);
      }
      return fresh;
    });
  }

  private _emit(): void {
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _tabChanged = new Signal<this, void>(this);
  private _service: IService | null = null;
  private _tab: Tab = 'try';
  private _endpoint = '';
  private _compared: number | null = null;
  private _examined: number | null = null;
  private _isDisposed = false;
}

/** What the arguments of an endpoint must look like; examples may differ between revisions. */
function shape({ method, path, schema }: IOperation): string {
  return JSON.stringify([method, path, schema]);
}
