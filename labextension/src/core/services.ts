import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { IChannels, IServices } from '../tokens';
import type { IService, Json } from '../wire';

/** The services as the server last told them. */
export class Services implements IServices {
  private _all: readonly IService[] = [];
  private _loaded = false;
  private _byName = new Map<string, IService>();
  private _byPath = new Map<string, IService>();
  private _changed = new Signal<this, void>(this);

  constructor(channels: IChannels) {
    channels.subscribe('services', { event: data => this._take(data) });
  }

  get all(): readonly IService[] {
    return this._all;
  }

  get loaded(): boolean {
    return this._loaded;
  }

  get attention(): number {
    return this._all.filter(needsAttention).length;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  find(name: string): IService | null {
    return this._byName.get(name) ?? null;
  }

  ofNotebook(path: string): IService | null {
    return this._byPath.get(path) ?? null;
  }

  private _take(data: Json): void {
    // The channel carries IService[]: openapi.yaml, tested on the server's side.
    this._all = data as unknown as IService[];
    this._loaded = true;
    this._byName = new Map(this._all.map(each => [each.service, each]));
    this._byPath = new Map();
    for (const each of this._all) {
      if (each.path !== null) {
        this._byPath.set(each.path, each);
      }
    }
    this._changed.emit();
  }
}

/** Whether a person should look at the service: it is down unasked, or its newest run failed. */
export function needsAttention(service: IService): boolean {
  return (
    service.state === 'failed' ||
    service.state === 'gone' ||
    service.run?.state === 'failed'
  );
}
