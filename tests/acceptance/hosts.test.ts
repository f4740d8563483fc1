import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differs } from '../cloudflare/differences.js';
import { drawing } from '../files/pictures.js';
import { startTestServer, type TestServer } from '../harness/server.js';
import { localUrlOf } from './support/host-server.js';
import { type Ask, ask, expectError, json, type Reply } from './support/serve-request.js';
import { setTo, visibilityToken } from './support/serve-visibility.js';

const CDN = 'cdn.example';
const APP = 'app.example:8443';

let server: TestServer;
/** The server's real address. */
let local: string;
/** Path of the private sample image, and its signed URL. */
let image: string;
let signed: string;

beforeAll(async () => {
  server = await startTestServer({
    env: { AURA_CDN_URL: `https://${CDN}`, AURA_APP_URL: `https://${APP}` },
  });
  local = await localUrlOf(server);
  image = new URL(server.sample.unsigned).pathname;
  signed = server.sample.signed.slice(`https://${CDN}`.length);
});
afterAll(() => server?.kill());

const on = (host: string, path: string, options: Ask = {}): Promise<Reply> =>
  ask(local + path, { ...options, headers: { Host: host, ...options.headers } });

interface Packages {
  readonly packages: readonly { readonly url: string }[];
}

const APP_PATHS = [
  '/dashboard',
  '/dashboard/setup?token=x',
  '/dashboard/assets/index.js',
  '/device',
  '/docs',
  '/docs/guides/react.md',
  '/docs/api',
  '/llms.txt',
  '/registry/image.json',
  '/openapi.json',
  '/v1/projects',
  '/v1/projects/my-app',
  '/v1/auth/me',
];

describe('a server with separate hosts for images and dashboard', () => {
  it('prints URLs on each host', () => {
    expect(server.url).toBe(`https://${CDN}`);
    expect(server.appUrl).toBe(`https://${APP}`);
    expect(server.setupUrl).toMatch(/^https:\/\/app\.example:8443\/dashboard\/setup\?token=/);
    expect(server.credentials.cdnUrl).toBe(`https://${CDN}`);
  });

  it('serves images on the CDN host only', async () => {
    for (const host of [CDN, `${CDN}:443`, CDN.toUpperCase()]) {
      expect((await on(host, signed)).status).toBe(200);
    }
    expectError(await on(CDN, image), 403, 'signed_token_required');
    for (const path of [signed, image, `/v1/blurhash${signed}`, '/my-app/none']) {
      expectError(await on(APP, path), 404, 'route_not_found');
    }
    expect((await on(CDN, `/v1/blurhash${signed}`)).status).toBe(200);
  });

  it('serves the keys of receipts on the CDN host, which receipts name', async () => {
    expect((await on(CDN, '/.well-known/aura-keys.json')).status).toBe(200);
    expectError(await on(APP, '/.well-known/aura-keys.json'), 404, 'route_not_found');
  });

  it('redirects / to the dashboard on its host', async () => {
    const { status, headers } = await on(APP, '/');
    expect({ status, location: headers.location }).toEqual({ status: 302, location: '/dashboard' });
    expect(headers['cache-control']).toBe('no-store');
    expectError(await on(CDN, '/'), 404, 'route_not_found');
  });

  it('accepts uploads on the CDN host only', async () => {
    const { aura } = server;
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(await drawing(9, 9).png().toBuffer())]), 'a.png');
    const request = new Request('http://x', { method: 'POST', body: form });
    const options = {
      method: 'POST',
      headers: {
        'X-Aura-Signature': await aura.signUpload(),
        'Content-Type': String(request.headers.get('content-type')),
      },
      body: new Uint8Array(await request.arrayBuffer()),
    };
    expectError(await on(APP, '/v1/upload', options), 404, 'route_not_found');
    expect((await on(CDN, '/v1/upload', options)).status).toBe(201);
  });

  it.each(APP_PATHS)('serves %s on the app host only', async (path) => {
    expectError(await on(CDN, path), 404, 'route_not_found');
    const reply = await on(APP, path);
    expect(reply.headers['x-aura-error']).not.toBe('route_not_found');
    expect([200, 401, 404]).toContain(reply.status);
  });

  it('serves the packages on both hosts, with addresses of the same host', async () => {
    for (const host of [CDN, APP]) {
      const { packages } = json(await on(host, '/packages')) as Packages;
      expect(packages).toHaveLength(3);
      for (const { url } of packages) {
        const { origin, pathname } = new URL(url);
        expect(origin).toBe(`https://${host}`);
        expect((await on(host, pathname)).status).toBe(200);
      }
    }
    expectError(await on('evil.example', '/packages'), 421, 'host_unknown');
  });

  it('serves the images’ API on both hosts, for the SDK and the dashboard', async () => {
    const key = image.split('/').at(-1) ?? '';
    const { secretKey } = server.credentials;
    for (const host of [CDN, APP]) {
      const headers = { 'X-Aura-Signature': visibilityToken(secretKey, 'my-app', key, 'private') };
      const options = { method: 'PATCH', headers, body: setTo('private') };
      expect((await on(host, `/v1/images${image}`, options)).status).toBe(200);
    }
    const headers = { Authorization: `Bearer ${secretKey}` };
    for (const host of [CDN, APP]) {
      for (const path of [`/v1/images${image}`, '/v1/projects/my-app/images']) {
        expect((await on(host, path, { headers })).status).toBe(200);
        expectError(await on(host, path), 401, 'secret_key_required');
      }
    }
  });

  it.each([
    'evil.example',
    'localhost',
    '127.0.0.1',
    `${CDN}.`,
    `${CDN}.evil.example`,
    `x.${CDN}`,
    'app.example',
    // Of the scheme of the request, the port is left out; others are no address at all.
    ...(differs('http') ? [] : [`${CDN}:80`, `${APP}0`, `${CDN}, ${APP}`]),
  ])('refuses the host %s', async (host) => {
    for (const path of [signed, image, '/dashboard', '/v1/auth/me', '/v1/upload', '/']) {
      expectError(await on(host, path), 421, 'host_unknown');
    }
  });

  it('answers health checks for any host', async () => {
    for (const host of ['10.0.0.7:8787', CDN, APP]) {
      for (const path of ['/health', '/ready']) expect((await on(host, path)).status).toBe(200);
    }
    expectError(await on('localhost', '/metrics'), 404, 'route_not_found');
  });

  it('allows its dashboard to load images from the CDN only', async () => {
    const policy = String((await on(APP, '/dashboard')).headers['content-security-policy']);
    expect(policy).toContain(`img-src 'self' blob: data: https://${CDN};`);
    expect(policy).toContain(`connect-src 'self' https://${CDN};`);
    expect(policy).not.toMatch(/unsafe|\*/);
  });
});

describe('AURA_APP_URL', () => {
  it('next to AURA_PUBLIC_URL configures two hosts', async () => {
    const two = await startTestServer({
      env: { AURA_PUBLIC_URL: `https://${CDN}/`, AURA_APP_URL: `https://${APP}` },
    });
    try {
      const reply = await ask(`${await localUrlOf(two)}/dashboard`, { headers: { Host: CDN } });
      expectError(reply, 404, 'route_not_found');
    } finally {
      await two.kill();
    }
  });
});
