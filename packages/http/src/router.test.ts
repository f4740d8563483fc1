import { CodedError } from '@auraimage/protocol';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerJson } from './answer.js';
import { ApiError } from './api-error.js';
import type { Host } from './context.js';
import { defineRawRoute, defineRoute, everyone, type Route } from './route.js';
import { createRouter } from './router.js';
import { z } from './schemas.js';
import { testContext } from './testing/context.js';

const raw = (
  method: Route['method'],
  path: Route['path'],
  more: Partial<Pick<Route, 'hosts' | 'cors'>> = {},
) =>
  defineRawRoute({
    method,
    path,
    hosts: ['app'],
    access: everyone,
    raw: ({ params, context }) => answerJson(context, 'owner', 200, { method, path, params }),
    ...more,
  });

const ROUTES = [
  raw('GET', '/v1/projects/{project}'),
  raw('DELETE', '/v1/projects/{project}'),
  raw('POST', '/v1/images/{project}/{key+}/revoke-links'),
  raw('PATCH', '/v1/images/{project}/{key+}', { hosts: ['cdn', 'app'] }),
  raw('GET', '/v1/images/{project}/{key+}'),
  raw('POST', '/v1/upload', { hosts: ['cdn'], cors: { requestHeaders: 'X-Aura-Signature' } }),
  raw('GET', '/health', { hosts: ['cdn', 'app', 'unknown'], cors: {} }),
  raw('GET', '/dashboard/{page+}'),
  raw('GET', '/{project}/{key}', { hosts: ['cdn'], cors: { requestHeaders: 'Range' } }),
];

function start(routes: readonly Route[] = ROUTES) {
  const router = createRouter(routes);
  return async (method: string, path: string, host: Host | null = null, init?: RequestInit) => {
    const context = testContext({ host });
    const request = new Request(`http://localhost${path}`, { ...init, method });
    const response = await router.fetch(request, context);
    const text = await response.text();
    const { status, headers } = response;
    const json = text === '' ? null : JSON.parse(text);
    return { status, headers, json, code: headers.get('x-aura-error'), facts: context.facts };
  };
}

describe('a router', () => {
  it.each([
    ['GET', '/v1/projects/a%2Fb', '/v1/projects/{project}', { project: 'a%2Fb' }],
    ['GET', '/my-app/x.jpg?w=1#y', '/{project}/{key}', { project: 'my-app', key: 'x.jpg' }],
    ['PATCH', '/v1/images/p/k', '/v1/images/{project}/{key+}', { project: 'p', key: 'k' }],
    ['GET', '/v1/images/p/a/b/c', '/v1/images/{project}/{key+}', { project: 'p', key: 'a/b/c' }],
    [
      'POST',
      '/v1/images/p/k/revoke-links',
      '/v1/images/{project}/{key+}/revoke-links',
      { project: 'p', key: 'k' },
    ],
    [
      'POST',
      '/v1/images/p/revoke-links/a/revoke-links',
      '/v1/images/{project}/{key+}/revoke-links',
      { project: 'p', key: 'revoke-links/a' },
    ],
    ['GET', '/dashboard/a/b.c', '/dashboard/{page+}', { page: 'a/b.c' }],
  ])(
    '%s %s matches %s, with parameters that are not decoded',
    async (method, path, pattern, params) => {
      const { json, facts } = await start()(method, path);
      expect(json).toEqual({ method, path: pattern, params });
      expect(facts.route).toBe(pattern);
    },
  );

  it('responds to HEAD as to GET, without a body', async () => {
    const { status, json } = await start()('HEAD', '/health');
    expect([status, json]).toEqual([200, null]);
  });

  it.each([
    ['PUT', '/v1/projects/x', 'GET, HEAD, DELETE'],
    ['OPTIONS', '/v1/projects/x', 'GET, HEAD, DELETE'],
    ['GET', '/v1/upload', 'POST, OPTIONS'],
    ['OPTIONS', '/health', 'GET, HEAD'],
    ['POST', '/my-app/x', 'GET, HEAD, OPTIONS'],
    ['TRACEX', '/health', 'GET, HEAD'],
  ])('rejects %s %s and lists the allowed methods', async (method, path, allow) => {
    const { status, code, headers } = await start()(method, path);
    expect([status, code]).toEqual([405, 'method_not_allowed']);
    expect(headers.get('allow')).toBe(allow);
  });

  it('accepts preflights of routes that pages of other sites may use', async () => {
    const { status, headers, facts } = await start()('OPTIONS', '/v1/upload');
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-methods')).toBe('POST');
    expect(headers.get('access-control-allow-headers')).toBe('X-Aura-Signature');
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(facts.route).toBe('preflight');
  });

  it.each([
    ['GET', '/v1/nothing'],
    ['GET', '/v1/projects'],
    ['POST', '/v1/telemetry'],
    ['GET', '/dashboard'],
    ['GET', '/dashboard/'],
  ])(
    'has no route for %s %s: the server answers this first segment itself',
    async (method, path) => {
      const { code, headers, facts } = await start()(method, path);
      expect(code).toBe('route_not_found');
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(facts.route).toBeUndefined();
    },
  );

  it.each<[string, string, Host, string | null]>([
    ['GET', '/my-app/x', 'cdn', null],
    ['GET', '/my-app/x', 'app', 'route_not_found'],
    ['GET', '/v1/projects/x', 'app', null],
    ['GET', '/v1/projects/x', 'cdn', 'route_not_found'],
    ['PATCH', '/v1/images/p/k', 'cdn', null],
    ['PATCH', '/v1/images/p/k', 'app', null],
    ['GET', '/v1/images/p/k', 'cdn', 'route_not_found'],
    ['PUT', '/v1/images/p/k', 'cdn', 'method_not_allowed'],
    ['GET', '/v1/upload', 'app', 'route_not_found'],
    ['OPTIONS', '/v1/upload', 'app', 'route_not_found'],
    ['GET', '/health', 'unknown', null],
    ['GET', '/my-app/x', 'unknown', 'host_unknown'],
    ['PATCH', '/v1/images/p/k', 'unknown', 'host_unknown'],
    ['GET', '/nothing/at/all', 'unknown', 'host_unknown'],
  ])('%s %s on host %s: %s', async (method, path, host, code) => {
    expect((await start()(method, path, host)).code).toBe(code);
  });

  it('does not match paths of more segments than any URL has', async () => {
    const routes = [raw('GET', '/dashboard/{page+}'), raw('GET', '/{project}/{key}')];
    const codeOf = async (path: string) => (await start(routes)('GET', path)).code;
    expect(await codeOf(`/dashboard${'/a'.repeat(31)}`)).toBe(null);
    expect(await codeOf(`/dashboard${'/a'.repeat(32)}`)).toBe('route_not_found');
    expect(await codeOf('/'.repeat(8000))).toBe('route_not_found');
  });

  it.each(['constructor', '__proto__', 'PROPFIND'])('has no route for method %s', (method) => {
    const { refusal } = createRouter(ROUTES);
    expect(refusal(method, '/__proto__/constructor', 'app')).toBe('route_not_found');
    expect(refusal(method, '/__proto__/constructor', 'unknown')).toBe('host_unknown');
  });

  it('takes a reserved name that no route begins with for an unknown project', async () => {
    expect((await start()('GET', '/test/x')).facts.route).toBe('/{project}/{key}');
  });

  it('rejects a path that is too long before matching it', async () => {
    const { status, code } = await start()('GET', `/my-app/${'x'.repeat(8192)}`);
    expect([status, code]).toEqual([414, 'uri_too_long']);
  });

  it('cannot be created with a route that shadows a possible project', () => {
    expect(() => createRouter([raw('GET', '/pricing')])).toThrow(/RESERVED_PROJECT_NAMES/);
  });

  it.each([
    [new ApiError('rate_limited', { retryAfterSeconds: 7 }), 429, 'rate_limited', '7'],
    [new CodedError('storage_full', 'disk sda1 is full'), 507, 'storage_full', null],
    [new TypeError('secret'), 500, 'internal', null],
    [new DOMException('', 'AbortError'), 499, 'client_gone', null],
  ])('turns %s into a response that reveals nothing', async (error, status, code, retryAfter) => {
    const route = defineRawRoute({
      method: 'GET',
      path: '/health',
      hosts: ['app'],
      access: everyone,
      raw: () => Promise.reject(error),
    });
    const answered = await start([route])('GET', '/health');
    expect([answered.status, answered.code]).toEqual([status, code]);
    expect(answered.headers.get('retry-after')).toBe(retryAfter);
    expect(answered.headers.get('cache-control')).toBe('no-store');
    expect(answered.json.message).not.toMatch(/secret|sda1/);
    expect(answered.facts.failure).toBe(status >= 500 ? error : undefined);
  });
});

describe('a JSON route', () => {
  const refused = new ApiError('sign_in_required');
  let handled = 0;
  const echo = (isAllowed: boolean) =>
    defineRoute({
      method: 'POST',
      path: '/v1/echo',
      hosts: ['app'],
      access: {
        security: [],
        errors: ['sign_in_required'],
        async check() {
          if (!isAllowed) throw refused;
          return 'ann';
        },
      },
      query: z.object({ n: z.coerce.number().int() }),
      body: z.strictObject({ text: z.string() }),
      success: { status: 200, schema: z.looseObject({}), description: 'The input' },
      handler({ access, query, body }) {
        handled++;
        return { access, query, body };
      },
    });
  const post = (text: string, isAllowed = true, query = '?n=1') =>
    start([echo(isAllowed)])('POST', `/v1/echo${query}`, null, {
      body: text,
      headers: { 'content-type': 'application/json' },
    });

  it('passes validated input to its handler', async () => {
    const { json } = await post('{"text":"x"}', true, '?n=1&other=3');
    expect(json).toEqual({ access: 'ann', query: { n: 1 }, body: { text: 'x' } });
  });

  it('checks access before it reads the query or the body', async () => {
    const before = handled;
    const { status, code, headers } = await post('nonsense', false, '?n=x');
    expect([status, code]).toEqual([401, 'sign_in_required']);
    expect(headers.get('www-authenticate')).toMatch(/^Bearer /);
    expect(handled).toBe(before);
  });

  it.each([
    [400, 'json_malformed', 'nonsense', '?n=1'],
    [400, 'field_invalid', '{"text":7}', '?n=1'],
    [400, 'field_invalid', '{"text":"x","more":1}', '?n=1'],
    [400, 'field_invalid', '{"text":"x"}', '?n=x'],
    [400, 'field_invalid', '{"text":"x"}', '?n=1&n=2'],
    [413, 'json_too_large', `{"text":"${'x'.repeat(70_000)}"}`, '?n=1'],
  ])('rejects with %i %s', async (status, code, text, query) => {
    const response = await post(text, true, query);
    expect([response.status, response.code]).toEqual([status, code]);
  });

  it.each([
    ['that never starts', 0],
    ['that arrives a byte at a time', 1000],
  ])('gives up a body %s', async (_what, dripMs) => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    let drip: ReturnType<typeof setInterval> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        if (dripMs > 0) drip = setInterval(() => controller.enqueue(new Uint8Array([32])), dripMs);
      },
    });
    const init = { body, duplex: 'half', headers: { 'content-type': 'application/json' } };
    let code: string | null | undefined;
    const answered = start([echo(true)])('POST', '/v1/echo?n=1', null, init).then((answer) => {
      code = answer.code;
    });
    await vi.advanceTimersByTimeAsync(29_000);
    expect(code).toBeUndefined();
    await vi.advanceTimersByTimeAsync(2000);
    clearInterval(drip);
    expect(code).toBe('body_timeout');
    await answered;
  });

  it('leaves no timer behind', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    expect((await post('{"text":"x"}')).status).toBe(200);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('reads a query in a time that grows with its length alone', async () => {
    const query = `?n=1${'&a'.repeat(4000)}`;
    const { user: before } = process.cpuUsage();
    for (let request = 0; request < 8; request++) {
      expect((await post('{"text":"x"}', true, query)).status).toBe(200);
    }
    // Some 20 ms. Comparing each parameter with every other one takes seconds.
    expect(process.cpuUsage().user - before).toBeLessThan(1_000_000);
  });

  it('lists its error codes', () => {
    expect(echo(true).errors).toEqual([
      'sign_in_required',
      'json_required',
      'json_malformed',
      'json_too_large',
      'body_timeout',
      'field_invalid',
    ]);
  });
});
