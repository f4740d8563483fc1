import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../harness/server.js';
import { until } from '../heavy/support/until.js';
import { ask, expectError, json } from './support/serve-request.js';

let server: TestServer;
let url: string;

beforeAll(async () => {
  server = await startTestServer({ env: { AURA_LOG_LEVEL: 'warn' } });
  ({ url } = server);
});

afterAll(() => server?.kill());

describe('health', () => {
  it.each([
    ['/health', { status: 'ok' }],
    ['/ready', { status: 'ok', database: 'ok', store: 'ok' }],
    ['/health?x=1', { status: 'ok' }],
  ])('%s', async (path, body) => {
    const reply = await ask(url + path);
    expect([reply.status, json(reply)]).toEqual([200, body]);
    expect(reply.headers['cache-control']).toBe('no-store');
    const head = await ask(url + path, { method: 'HEAD' });
    expect([head.status, head.body.length]).toEqual([200, 0]);
  });
});

describe('metrics', () => {
  let guarded: TestServer;
  const token = 'Bearer correct-horse-battery';
  const get = (Authorization?: string, more = {}) => {
    const headers = Authorization === undefined ? more : { Authorization, ...more };
    return ask(`${guarded.url}/metrics`, { headers });
  };

  beforeAll(async () => {
    guarded = await startTestServer({
      env: { AURA_METRICS_TOKEN: 'correct-horse-battery', AURA_LOG_LEVEL: 'warn' },
    });
  });
  afterAll(() => guarded?.kill());

  it('describe the requests, without secrets', async () => {
    const { unsigned, signed } = guarded.sample;
    const statuses = [(await ask(unsigned)).status, (await ask(signed)).status];
    expect(statuses).toEqual([403, 200]);
    const reply = await get(token);
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(reply.headers['cache-control']).toBe('no-store');
    const text = reply.body.toString();
    expect(text).toMatch(
      /^aura_requests_total\{route="\/\{project\}\/\{key\}",method="GET",status="403"\} [1-9]/m,
    );
    expect(text).toMatch(/^aura_serve_refusals_total\{reason="missing"\} [1-9]/m);
    expect(text).not.toMatch(/token=|sk_live_/);
    expect(text).not.toContain(new URL(unsigned).pathname.split('/').at(-1));
  });

  it('have no labels from client text: methods and URLs', async () => {
    for (let i = 0; i < 20; i++) {
      await ask(`${guarded.url}/nowhere-${i}/${i}`, { method: 'PROPFIND' });
    }
    const reply = await get(token);
    expect(reply.status).toBe(200);
    expect(reply.body.toString()).not.toMatch(/nowhere|PROPFIND/);
  });

  it('require AURA_METRICS_TOKEN, from any address', async () => {
    expect((await get(token, { 'X-Forwarded-For': '203.0.113.7' })).status).toBe(200);
    expect((await get(token, { Host: 'images.test' })).status).toBe(200);
    const wrong = [undefined, '', 'Bearer ', 'Bearer wrong', `${token}x`, token.slice(0, -1)];
    wrong.push(token.toUpperCase(), 'correct-horse-battery');
    for (const text of wrong) expectError(await get(text), 404, 'route_not_found');
    const inQuery = `${guarded.url}/metrics?token=correct-horse-battery`;
    expectError(await ask(inQuery), 404, 'route_not_found');
  });

  it('are served to this machine if neither token nor public URL is set', async () => {
    expect((await ask(`${url}/metrics`)).status).toBe(200);
    for (const [field, value] of [
      ['X-Forwarded-For', '203.0.113.7'],
      ['Forwarded', 'for=203.0.113.7'],
      ['Via', '1.1 proxy'],
      ['Host', 'images.test'],
      ['Host', 'localhost.images.test'],
    ] as const) {
      const reply = await ask(`${url}/metrics`, { headers: { [field]: value } });
      expectError(reply, 404, 'route_not_found');
    }
  });

  // A proxy on this machine counts as a client on this machine, for any client and headers.
  it('are not served without a token if AURA_PUBLIC_URL is set, not even to this machine', async () => {
    const open = await startTestServer({ env: { AURA_PUBLIC_URL: 'https://images.test' } });
    try {
      const local = await until('it logs where it listens', () => {
        return /"localUrl":"([^"]+)"/.exec(open.log())?.[1] ?? null;
      });
      for (const headers of [{}, { Authorization: 'Bearer undefined' }, { Authorization: token }]) {
        const reply = await ask(`${local}/metrics`, { headers });
        expectError(reply, 404, 'route_not_found');
      }
    } finally {
      await open.kill();
    }
  });
});
