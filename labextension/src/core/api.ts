import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type { IAbout, IApi, ICheck, IReply } from '../tokens';
import type * as W from '../wire';
import { Problem } from './problem';

type Settings = ServerConnection.ISettings;
type Query = { [name: string]: string | number | undefined };

/** Everything that the server extension does on request, one method a route. */
export class Api implements IApi {
  constructor(private readonly _settings: Settings) {}

  about(): Promise<IAbout> {
    return this._get('about');
  }

  look(
    path: string,
    options: W.Options = {},
    notebook?: W.Json
  ): Promise<W.ILook> {
    return this._post(
      'look',
      notebook === undefined ? { path, options } : { path, options, notebook }
    );
  }

  /** As `look`, of a notebook that is JSON text already. */
  lookAt(path: string, notebook: string): Promise<W.ILook> {
    const body = `{"path":${JSON.stringify(path)},"options":{},"notebook":${notebook}}`;
    return this._ask('POST', 'look', body);
  }

  review(request: W.IRequest, lock: boolean): Promise<W.IReview> {
    return this._post('review', { ...request, lock });
  }

  intent(flags: string[], notebook: string): Promise<W.IIntent> {
    return this._post('intents', { flags, notebook });
  }

  options(): Promise<W.Json> {
    return this._get('options');
  }

  findings(): Promise<{ [code: string]: ICheck }> {
    return this._get('findings');
  }

  ship(request: W.IShip): Promise<W.IRun> {
    return this._post('runs', request);
  }

  runs(service?: string): Promise<W.IRun[]> {
    return this._get('runs' + query({ service }));
  }

  run(id: string): Promise<W.IRun> {
    return this._get(join('runs', id));
  }

  async find(id: string): Promise<W.IRun | null> {
    const runs = await this._get<W.IRun[]>('runs' + query({ id }));
    return runs[0] ?? null;
  }

  terminal(run: string): Promise<W.ITerminal> {
    return this._post(join('runs', run, 'terminal'));
  }

  cancel(run: string): Promise<W.IRun> {
    return this._post(join('runs', run, 'cancel'));
  }

  logUrl(run: string): string {
    return this._url(join('runs', run, 'log'));
  }

  services(): Promise<W.IService[]> {
    return this._get('services');
  }

  service(name: string): Promise<W.IService> {
    return this._get(join('services', name));
  }

  start(name: string): Promise<W.IService> {
    return this._post(join('services', name, 'start'));
  }

  stop(name: string): Promise<W.IService> {
    return this._post(join('services', name, 'stop'));
  }

  rollback(name: string, revision?: number): Promise<W.IService> {
    return this._post(
      join('services', name, 'rollback'),
      revision === undefined ? {} : { revision }
    );
  }

  async delete(name: string): Promise<void> {
    await this._ask('DELETE', join('services', name));
  }

  openapi(name: string): Promise<W.Json> {
    return this._get(join('services', name, 'openapi'));
  }

  failures(name: string): Promise<W.IFailure[]> {
    return this._get(join('services', name, 'failures'));
  }

  provenance(name: string, revision?: number): Promise<W.IProvenance> {
    return this._get(
      join('services', name, 'provenance') + query({ revision })
    );
  }

  files(name: string, revision: number): Promise<W.IFile[]> {
    return this._get(
      join('services', name, 'revisions', String(revision), 'files')
    );
  }

  async call(
    name: string,
    method: string,
    path: string,
    body: W.Json
  ): Promise<IReply> {
    // "reload": no reply from a cache, and no parameter added to the address, which the service sees.
    const init: RequestInit = { method, cache: 'reload' };
    if (method !== 'GET' && method !== 'HEAD') {
      init.body = JSON.stringify(body);
      init.headers = { 'Content-Type': 'application/json' };
    }
    const started = performance.now();
    const response = await this._send(
      this.proxyUrl(name) + path.replace(/^\/+/, ''),
      init
    );
    const text = await response.text();
    return {
      status: response.status,
      seconds: (performance.now() - started) / 1000,
      body: parsed(text),
      request_id: response.headers.get('x-request-id')
    };
  }

  proxyUrl(name: string): string {
    return (
      URLExt.join(
        this._settings.baseUrl,
        'modelship',
        'services',
        encodeURIComponent(name)
      ) + '/'
    );
  }

  friction(run: string, code: boolean): Promise<{ markdown: string }> {
    return this._get(join('friction', run) + query({ code: code ? 1 : 0 }));
  }

  async sendFriction(run: string, code: boolean, note: string): Promise<void> {
    await this._post(join('friction', run), { code, note });
  }

  templates(): Promise<{ name: string; title: string; description: string }[]> {
    return this._get('templates');
  }

  template(name: string): Promise<W.Json> {
    return this._get(join('templates', name));
  }

  private _get<T>(path: string): Promise<T> {
    return this._ask('GET', path);
  }

  private _post<T>(path: string, body: object = {}): Promise<T> {
    return this._ask('POST', path, JSON.stringify(body));
  }

  private async _ask<T>(
    method: string,
    path: string,
    body?: string
  ): Promise<T> {
    const response = await this._send(this._url(path), { method, body });
    if (!response.ok) {
      throw await Problem.read(response);
    }
    // An empty reply (204) has no value; the types of the routes say so.
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  private async _send(url: string, init: RequestInit): Promise<Response> {
    try {
      return await ServerConnection.makeRequest(url, init, this._settings);
    } catch (thrown) {
      throw Problem.noReply(thrown);
    }
  }

  private _url(path: string): string {
    return URLExt.join(this._settings.baseUrl, 'modelship/api/v1', path);
  }
}

function join(...parts: string[]): string {
  return parts.map(encodeURIComponent).join('/');
}

function query(values: Query): string {
  const given = Object.entries(values).filter(
    ([, value]) => value !== undefined
  );
  const text = given.map(
    ([name, value]) => `${name}=${encodeURIComponent(String(value))}`
  );
  return text.length ? `?${text.join('&')}` : '';
}

function parsed(text: string): W.Json {
  try {
    return JSON.parse(text) as W.Json;
  } catch {
    return text;
  }
}
