import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createApiClient, unwrap } from './client.js';
import { ApiError } from './errors.js';

let server: ReturnType<typeof createServer> | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function serve(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
}

/** A server that gives every request the same response. */
const serveOne = (status: number, headers: Record<string, string>, body?: string) =>
  serve((_request, response) => response.writeHead(status, headers).end(body));

const projectsOf = (baseUrl: string, options: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
  unwrap(createApiClient({ baseUrl, ...options }).GET('/v1/projects'));

const failureOf = (request: Promise<unknown>) =>
  request.then(
    () => expect.unreachable('it succeeded'),
    (error: unknown) => error,
  );

const JSON_TYPE = { 'Content-Type': 'application/json' };

describe('createApiClient', () => {
  it('sends the token, fills the path in, and gives the body of a success', async () => {
    const seen: unknown[] = [];
    const baseUrl = await serve((request, response) => {
      seen.push(request.method, request.url, request.headers.authorization);
      response.writeHead(200, JSON_TYPE).end('{"projectName":"shop"}');
    });
    const api = createApiClient({ baseUrl: `${baseUrl}/api/`, token: 'sk_live_a' });
    const project = 'shop';
    const found = await unwrap(
      api.GET('/v1/projects/{project}', { params: { path: { project } } }),
    );
    expect(found.projectName).toBe('shop');
    expect(seen).toEqual(['GET', '/api/v1/projects/shop', 'Bearer sk_live_a']);
  });

  it('gives nothing for a 204', async () => {
    const baseUrl = await serveOne(204, {});
    const api = createApiClient({ baseUrl });
    expect(await unwrap(api.POST('/v1/auth/sign-out'))).toBeUndefined();
  });

  it('throws what the server says about a refusal', async () => {
    const body = { message: 'Too many' };
    const headers = {
      ...JSON_TYPE,
      'X-Aura-Error': 'too_many_attempts',
      'Retry-After': '90',
      'X-Request-Id': 'r1',
    };
    const error = await failureOf(projectsOf(await serveOne(429, headers, JSON.stringify(body))));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      status: 429,
      code: 'too_many_attempts',
      message: 'Too many',
      retryAfterSeconds: 90,
      requestId: 'r1',
    });
  });

  it.each([
    ['an error page of a proxy', 502, { 'Content-Type': 'text/html' }, '<html>Bad gateway</html>'],
    ['an error without a code', 500, JSON_TYPE, '{"message":"Oh"}'],
    ['an error without a message', 404, { ...JSON_TYPE, 'X-Aura-Error': 'x' }, '{"message":""}'],
    ['the front page of another site', 200, { 'Content-Type': 'text/html' }, '<html></html>'],
    ['an empty success', 200, { ...JSON_TYPE, 'Content-Length': '0' }, ''],
  ])('does not take %s for a response of the API', async (_what, status, headers, body) => {
    const error = await failureOf(projectsOf(await serveOne(status, headers, body)));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status, code: 'unexpected_response' });
  });

  it('does not take broken JSON for a response of the API', async () => {
    const error = await failureOf(projectsOf(await serveOne(200, JSON_TYPE, '{"projects":')));
    expect(error).toMatchObject({ code: 'unexpected_response' });
  });

  it('follows no redirect, and says where it leads', async () => {
    let requests = 0;
    const baseUrl = await serve((_request, response) => {
      requests++;
      response.writeHead(308, { Location: 'https://elsewhere.example/v1/projects?x=1' }).end();
    });
    const error = await failureOf(projectsOf(baseUrl));
    expect(error).toMatchObject({ status: 308, code: 'redirected' });
    expect(String(error)).toMatch(/to https:\/\/elsewhere\.example$/);
    expect(requests).toBe(1);
  });

  it('tells a server that is not there from one that refused', async () => {
    const baseUrl = await serveOne(200, JSON_TYPE);
    await new Promise((resolve) => server?.close(resolve));
    expect(await failureOf(projectsOf(baseUrl))).toMatchObject({ status: 0, code: 'network' });
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['a response', () => {}],
    ['the rest of a body', (response) => response.writeHead(200, JSON_TYPE).write('{"projects":[')],
  ])('waits for %s no longer than the time limit', async (_what, begin) => {
    const baseUrl = await serve((_request, response) => begin(response));
    const error = await failureOf(projectsOf(baseUrl, { timeoutMs: 50 }));
    expect(error).toMatchObject({ status: 0, code: 'timeout' });
  });

  it('lets the abort of the caller through as it is', async () => {
    const abort = new AbortController();
    const baseUrl = await serve(() => abort.abort());
    const error = await failureOf(projectsOf(baseUrl, { signal: abort.signal }));
    expect(error).toBe(abort.signal.reason);
  });
});
