import { StorageFullError, StorageUnavailableError } from '@auraimage/ports';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createTestApp, credentialsOf } from './testing/control-app.js';

describe('every response', () => {
  let test: ReturnType<typeof createTestApp>;
  beforeEach(() => {
    test = createTestApp();
  });
  const post = (body: BodyInit | null, headers: Record<string, string> = {}) =>
    test.request('/v1/projects', {
      method: 'POST',
      body,
      headers: { ...credentialsOf('ann'), ...headers },
    });
  const codeOf = async (response: Response | Promise<Response>) => {
    const { status, headers } = await response;
    return [status, headers.get('x-aura-error')];
  };
  const JSON_TYPE = { 'content-type': 'application/json' };

  it.each([
    ['ann', 'GET', '/v1/projects', 200],
    ['nobody', 'GET', '/v1/projects', 401],
    ['ann', 'GET', '/v1/nothing', 404],
    ['ann', 'PUT', '/v1/projects', 405],
    ['nobody', 'GET', '/openapi.json', 200],
  ])('has the security headers: %s %s %s', async (who, method, path, status) => {
    const response = await test.call(who, method, path);
    expect(response.status).toBe(status);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-request-id': 'id',
      'content-type': 'application/json',
    });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('to HEAD has the status of GET', async () => {
    const { status } = await test.request('/v1/projects', {
      method: 'HEAD',
      headers: credentialsOf('ann'),
    });
    expect(status).toBe(200);
  });

  it('to another method lists the allowed methods', async () => {
    const { code, headers } = await test.call('nobody', 'PUT', '/v1/projects/my-app');
    expect(code).toBe('method_not_allowed');
    expect(headers.get('allow')).toBe('GET, HEAD, PATCH, DELETE');
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; application/json',
    'application/jsonp',
  ])('to a body of type %s is 415', async (type) => {
    const body = '{"projectName":"my-app"}';
    expect(await codeOf(post(body, { 'content-type': type }))).toEqual([415, 'json_required']);
    expect(await test.registry.listProjects()).toEqual([]);
  });

  it('to a body without a type is 415', async () => {
    const body = new Blob(['{"projectName":"my-app"}']); // unlike a string, it has no default type
    expect(await codeOf(post(body))).toEqual([415, 'json_required']);
  });

  it.each(['application/json; charset=utf-8', 'Application/JSON'])(
    'to a body of type %s is a success',
    async (type) => {
      const body = '{"projectName":"my-app"}';
      expect((await post(body, { 'content-type': type })).status).toBe(201);
    },
  );

  it.each(['', '{', 'nonsense', '{"projectName":"my-app"}}'])(
    'to the malformed body %j is 400',
    async (text) => {
      expect(await codeOf(post(text, JSON_TYPE))).toEqual([400, 'json_malformed']);
    },
  );

  it.each(['null', '[]', '"my-app"', '7', '{}', '{"projectName":null}', '{"projectname":"x"}'])(
    'to the invalid body %s names the field',
    async (text) => {
      const response = await post(text, JSON_TYPE);
      expect(await codeOf(response)).toEqual([400, 'field_invalid']);
      expect((await response.json()).message).toMatch(/projectName|projectname|JSON object/);
    },
  );

  it('to a body of more than 64 KB is 413, with and without Content-Length', async () => {
    const text = JSON.stringify({ projectName: 'x'.repeat(65_536) });
    const length = String(text.length);
    const declared = post(text, { ...JSON_TYPE, 'content-length': length });
    expect(await codeOf(declared)).toEqual([413, 'json_too_large']);
    expect(await codeOf(post(text, JSON_TYPE))).toEqual([413, 'json_too_large']);
  });

  it('to a path of more than 8,192 characters is 414', async () => {
    const { status, code } = await test.call('ann', 'GET', `/v1/audit?cursor=${'x'.repeat(8200)}`);
    expect([status, code]).toEqual([414, 'uri_too_long']);
  });

  it('to an unexpected error reveals nothing, and the host gets the error', async () => {
    const failure = new Error('SELECT secret FROM keys');
    vi.spyOn(test.registry.members, 'listProjects').mockRejectedValue(failure);
    const { status, json, code, facts } = await test.call('ann', 'GET', '/v1/projects');
    expect([status, code]).toEqual([500, 'internal']);
    expect(json).toEqual({ message: 'Something went wrong on the server' });
    expect(facts).toEqual({ route: '/v1/projects', code: 'internal', failure });
  });

  it('on a full disk is storage_full', async () => {
    const failure = new StorageFullError('disk');
    vi.spyOn(test.registry, 'createProject').mockRejectedValue(failure);
    const { status, code } = await test.call('ann', 'POST', '/v1/projects', {
      projectName: 'my-app',
    });
    expect([status, code]).toEqual([507, 'storage_full']);
  });

  it('without a database has Retry-After', async () => {
    const failure = new StorageUnavailableError('unavailable');
    vi.spyOn(test.registry.members, 'listProjects').mockRejectedValue(failure);
    const { status, code, headers } = await test.call('ann', 'GET', '/v1/projects');
    expect([status, code]).toEqual([503, 'storage_unavailable']);
    expect(headers.get('retry-after')).toBe('5');
  });

  it('to a body with members such as __proto__ is 400', async () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const response = post(`{"projectName":"my-app","${name}":{"role":"admin"}}`, JSON_TYPE);
      expect(await codeOf(response)).toEqual([400, 'field_invalid']);
    }
  });
});
