import { ServerConnection } from '@jupyterlab/services';
import { beforeEach, describe, expect, it } from 'vitest';

import { OPERATIONS, faults, operation } from '../../../test/openapi';
import { stream, NAMES } from '../../run/__tests__/streams';
import { Api } from '../api';
import { newId } from '../format';
import { Problem } from '../problem';

const BASE = 'http://127.0.0.1:1/user/ann/';
const PREFIX = `${BASE}modelship/api/v1`;
const RUN = newId();
const DIGEST = 'a'.repeat(64);
const REQUEST = { path: 'a b.ipynb', digest: DIGEST, options: { workers: 2 } };

interface ISent {
  verb: string;
  url: string;
  body: unknown;
}

describe('the API', () => {
  let sent: ISent[];
  let reply: () => Response;
  let api: Api;

  beforeEach(() => {
    sent = [];
    reply = () => new Response('{}', { status: 200 });
    const settings = ServerConnection.makeSettings({
      baseUrl: BASE,
      fetch: async (input: RequestInfo) => {
        const request = input as Request;
        const text = await request.text();
        const body: unknown = text ? JSON.parse(text) : null;
        const url = request.url.replace(/[?&]\d{10,}$/, '');
        sent.push({ verb: request.method, url, body });
        return reply();
      }
    });
    api = new Api(settings);
  });

  const CALLS: [string, () => Promise<unknown>][] = [
    ['GET /about', () => api.about()],
    ['POST /look', () => api.look('a.ipynb')],
    ['POST /look', () => api.look('a.ipynb', { workers: 2 }, { cells: [] })],
    ['POST /look', () => api.lookAt('a".ipynb', '{"cells":[]}')],
    ['POST /review', () => api.review(REQUEST, true)],
    ['GET /options', () => api.options()],
    ['GET /findings', () => api.findings()],
    [
      'POST /runs',
      () => api.ship({ ...REQUEST, id: RUN, plan_digest: DIGEST, fresh: true })
    ],
    ['GET /runs', () => api.runs('iris')],
    ['GET /runs', () => api.find(RUN)],
    ['GET /runs/{run}', () => api.run(RUN)],
    ['POST /runs/{run}/terminal', () => api.terminal(RUN)],
    ['POST /runs/{run}/cancel', () => api.cancel(RUN)],
    ['GET /services', () => api.services()],
    ['GET /services/{service}', () => api.service('iris')],
    ['POST /services/{service}/start', () => api.start('iris')],
    ['POST /services/{service}/stop', () => api.stop('iris')],
    ['POST /services/{service}/rollback', () => api.rollback('iris')],
    ['POST /services/{service}/rollback', () => api.rollback('iris', 3)],
    ['DELETE /services/{service}', () => api.delete('iris')],
    ['GET /services/{service}/openapi', () => api.openapi('iris')],
    ['GET /services/{service}/failures', () => api.failures('iris')],
    ['GET /services/{service}/provenance', () => api.provenance('iris', 2)],
    [
      'GET /services/{service}/revisions/{revision}/files',
      () => api.files('iris', 2)
    ],
    ['GET /friction/{run}', () => api.friction(RUN, true)],
    ['POST /friction/{run}', () => api.sendFriction(RUN, false, 'it was slow')],
    ['GET /templates', () => api.templates()],
    ['GET /templates/{name}', () => api.template('starter')]
  ];

  it.each(CALLS)('%s is asked as openapi.yaml has it', async (name, call) => {
    await call();
    expect(sent).toHaveLength(1);
    const { verb, url, body } = sent[0];
    const path = url.slice(PREFIX.length).split('?')[0];
    const found = operation(verb, path);
    expect(`${verb} ${found?.path}`).toBe(name);
    if (found?.body) {
      expect(faults(found.body, body)).toEqual([]);
    }
  });

  it('has a method for every operation', () => {
    // A link, the WebSocket's own, and what the magic's front end asks for itself.
    const elsewhere = [
      'GET /runs/{run}/log',
      'GET /services/{service}/metrics',
      'GET /channels',
      'POST /intents'
    ];
    const proxied = /^[A-Z]+ \/modelship\/services\//;
    const covered = [...CALLS.map(([name]) => name), ...elsewhere];
    const rest = OPERATIONS.filter(name => !proxied.test(name));
    expect(rest.filter(name => !covered.includes(name))).toEqual([]);
  });

  it('keeps a hostile name a name', async () => {
    await api.service('../../x?y#z');
    expect(sent[0].url).toBe(`${PREFIX}/services/..%2F..%2Fx%3Fy%23z`);
    expect(api.proxyUrl('a/b')).toBe(`${BASE}modelship/services/a%2Fb/`);
    expect(api.logUrl(RUN)).toBe(`${PREFIX}/runs/${RUN}/log`);
  });

  it('rejects with what the server says', async () => {
    const said = {
      code: 'notebook-changed',
      message: 'The notebook has changed.',
      remedy: 'Review again.',
      detail: '',
      findings: [],
      candidates: []
    };
    expect(faults('Problem', said)).toEqual([]);
    reply = () => new Response(JSON.stringify(said), { status: 409 });
    const problem = await api.about().catch((thrown: Problem) => thrown);
    expect(problem).toBeInstanceOf(Problem);
    expect(problem).toMatchObject({ ...said, status: 409, away: false });
  });

  it('makes do with a page of a proxy in between', async () => {
    const page = '<html>Bad gateway</html>';
    reply = () =>
      new Response(page, { status: 502, statusText: 'Bad Gateway' });
    const problem = await api.about().catch((thrown: Problem) => thrown);
    const wanted = { status: 502, message: '502 Bad Gateway', detail: page };
    expect(problem).toMatchObject(wanted);
  });

  it('knows a server that is away', async () => {
    reply = () => {
      throw new TypeError('Failed to fetch');
    };
    const problem = await api.about().catch((thrown: Problem) => thrown);
    expect(problem).toMatchObject({ status: 0, away: true });
  });

  it('calls a service as its callers do, and says how long it took', async () => {
    reply = () =>
      new Response('{"status":422}', {
        status: 422,
        headers: { 'x-request-id': 'r1' }
      });
    const told = await api.call('iris', 'POST', '/predict', { x: 1 });
    expect(sent).toEqual([
      {
        verb: 'POST',
        url: `${BASE}modelship/services/iris/predict`,
        body: { x: 1 }
      }
    ]);
    expect(told).toMatchObject({
      status: 422,
      body: { status: 422 },
      request_id: 'r1'
    });
    reply = () => new Response('plain');
    const again = await api.call('iris', 'GET', 'items?limit=1', null);
    expect(sent[1].url).toBe(`${BASE}modelship/services/iris/items?limit=1`);
    expect([again.body, again.request_id]).toEqual(['plain', null]);
  });
});

describe('openapi.yaml', () => {
  it.each(NAMES)('describes the recorded events of a run that %s', name => {
    for (const event of stream(name)) {
      expect(faults('RunEvent', event)).toEqual([]);
      const frame = { channel: 'run:1', kind: 'event', seq: event.seq };
      expect(faults('Message', { ...frame, data: event })).toEqual([]);
    }
  });

  it('finds fault with what is none', () => {
    expect(faults('RunEvent', { run: 'x' })).not.toEqual([]);
    expect(faults('Wish', { do: 'delete', channel: 'x' })).not.toEqual([]);
  });
});
