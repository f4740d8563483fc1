import { afterAll, describe, expect, it } from 'vitest';
import { differs } from '../cloudflare/differences.js';
import { asBearer, asPerson, call, jsonOf, openOwnWorld, pathOf } from './support/api-world.js';
import { ask, expectError } from './support/serve-request.js';
import { some } from './support/some.js';

// Requests that a foreign page can make a browser send, for every operation that accepts a cookie.
const world = await openOwnWorld({
  // It does not answer: no request here leads to it.
  AURA_OIDC_ISSUER: 'http://127.0.0.1:9',
  AURA_OIDC_CLIENT_ID: 'aura',
  AURA_OIDC_CLIENT_SECRET: 'secret',
});
const { server, document, owner, project, image } = world;
const { url, appUrl } = server;
afterAll(() => server.kill());

const opened = document.operations
  .filter(({ security }) => security.includes('session'))
  .map((operation) => [operation.id, operation] as const);
const unsafe = opened.filter(([, { method }]) => method !== 'GET');
const safe = opened.filter(([, { method }]) => method === 'GET');
const beginning = document.operations
  .filter(({ security, errors }) => {
    return security.length === 0 && errors['403']?.includes('cross_site_request');
  })
  .map((operation) => [operation.id, operation] as const);

const params = { project, key: image.key };
const port = new URL(appUrl).port;
const FOREIGN: readonly Readonly<Record<string, string>>[] = [
  { Origin: 'https://evil.example' },
  { Origin: 'null' },
  ...(differs('empty') ? [] : [{ Origin: '' }]),
  { Origin: `https://localhost:${port}` },
  { Origin: 'http://localhost' },
  { Origin: `http://localhost:${port}.evil.example` },
  { Origin: `http://evil.example:${port}` },
  { Origin: `${appUrl}, https://evil.example` },
  { Origin: `${appUrl}/` },
  { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'same-origin' },
  { Origin: appUrl, 'Sec-Fetch-Site': 'cross-site' },
  { 'Sec-Fetch-Site': 'cross-site' },
  { 'Sec-Fetch-Site': 'same-site' },
  { 'Sec-Fetch-Site': 'none' },
  {},
];

const state = async () => {
  const paths = ['/v1/projects', `/v1/projects/${project}/images`, '/v1/audit', '/v1/auth/me'];
  return Promise.all(paths.map((path) => owner.json('GET', path)));
};

describe('a page of another origin', () => {
  it('is tested against every operation', () => {
    expect(unsafe.length).toBeGreaterThanOrEqual(22);
    expect(safe.length).toBeGreaterThanOrEqual(15);
    expect(beginning.map(([id]) => id)).toEqual([
      'acceptInvitation',
      'signIn',
      'startProviderSignIn',
      'confirmSignIn',
      'acceptPasswordReset',
    ]);
  });

  it('changes nothing with the cookie', async () => {
    const before = await state();
    for (const [turn, [id, operation]] of unsafe.entries()) {
      for (const foreign of some(turn, FOREIGN)) {
        const headers = { Cookie: owner.cookie(), ...foreign };
        const reply = await call(url, operation, { params, headers, body: {} });
        expect([id, foreign, reply.status]).toEqual([id, foreign, 403]);
        expectError(reply, 403, 'cross_site_request');
        document.check(operation, reply);
        const { headers: answered } = reply;
        expect(answered['access-control-allow-origin'] ?? '*').toBe('*');
        expect(answered['access-control-allow-credentials']).toBeUndefined();
        expect(answered['set-cookie']).toBeUndefined();
      }
    }
    expect(await state()).toEqual(before);
  });

  it.each(unsafe)('cannot change anything with a form: %s', async (_, operation) => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const body = '{"visibility":"public"}';
      const reply = await ask(url + pathOf(operation, { params }), {
        method: operation.method,
        headers: {
          Cookie: owner.cookie(),
          Origin: 'https://evil.example',
          'Sec-Fetch-Site': 'cross-site',
          'Content-Type': type,
          'Content-Length': body.length,
        },
        body,
      });
      expectError(reply, 403, 'cross_site_request');
    }
  });

  it.each(safe)('reads nothing with the cookie: %s', async (_, operation) => {
    const headers = { Cookie: owner.cookie(), 'Sec-Fetch-Site': 'cross-site' };
    const reply = await call(url, operation, { params, headers });
    expectError(reply, 403, 'cross_site_request');
    document.check(operation, reply);
  });

  it.each(safe)('cannot read the response of %s', async (_, operation) => {
    const headers = { Cookie: owner.cookie(), Origin: 'https://evil.example' };
    const reply = await call(url, operation, { params, headers });
    // With `*` a page can read a response only if the request had no cookies.
    expect(reply.headers['access-control-allow-origin'] ?? '*').toBe('*');
    expect(reply.headers['access-control-allow-credentials']).toBeUndefined();
    expect(reply.headers['cross-origin-resource-policy']).toBe('same-origin');
    expect(reply.headers['cache-control']).toBe('no-store');
  });

  it.each(beginning)('signs nobody in: %s', async (_, operation) => {
    const body = { email: owner.email, password: owner.password };
    for (const foreign of FOREIGN.filter((each) => Object.keys(each).length > 0)) {
      if (foreign['Sec-Fetch-Site'] === 'none') continue; // typed into the address bar
      const reply = await call(url, operation, { headers: foreign, body });
      expect([foreign, reply.status]).toEqual([foreign, 403]);
      expectError(reply, 403, 'cross_site_request');
      expect(reply.headers['set-cookie']).toBeUndefined();
    }
  });

  it.each(opened)('gets no preflight approval for %s', async (_, operation) => {
    const reply = await ask(url + pathOf(operation, { params }), {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://evil.example',
        'Access-Control-Request-Method': operation.method,
        'Access-Control-Request-Headers': 'content-type,authorization',
      },
    });
    const { 'access-control-allow-credentials': credentials } = reply.headers;
    expect(credentials).toBeUndefined();
    const allowed = String(reply.headers['access-control-allow-headers'] ?? '').toLowerCase();
    expect(allowed).not.toContain('authorization');
  });
});

describe('a method override', () => {
  it.each([
    { 'X-HTTP-Method-Override': 'DELETE' },
    { 'X-HTTP-Method': 'DELETE' },
    { 'X-Method-Override': 'DELETE' },
  ])('is ignored: %j', async (headers) => {
    const reply = await ask(`${url}/v1/projects/${project}?_method=DELETE`, {
      headers: { ...asPerson(server, owner), ...headers },
    });
    expect(reply.status).toBe(200);
    expect(jsonOf(reply)).toMatchObject({ projectName: project });
  });
});

describe('the dashboard', () => {
  it('is accepted by its origin, or by Sec-Fetch-Site without one', async () => {
    for (const proof of [{ Origin: appUrl }, { 'Sec-Fetch-Site': 'same-origin' }]) {
      const reply = await ask(`${url}/v1/projects/${project}/serve-secret/end-grace`, {
        method: 'POST',
        headers: { Cookie: owner.cookie(), ...proof },
      });
      expect([proof, reply.status]).toEqual([proof, 200]);
    }
  });

  it('needs no proof of origin with a bearer token, which browsers do not add', async () => {
    const headers = { ...asBearer(world.ownersToken), Origin: 'https://elsewhere.example' };
    const path = `/v1/projects/${project}/serve-secret/end-grace`;
    expect((await ask(url + path, { method: 'POST', headers })).status).toBe(200);
  });
});
