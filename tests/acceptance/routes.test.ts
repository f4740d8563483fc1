import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Gallery,
  sharedGallery,
  TOKEN_INVALID,
  TOKEN_MISSING,
  withQuery,
} from './support/serve-gallery.js';
import { ask, expectError, json } from './support/serve-request.js';

let gallery: Gallery;
let url: string;

beforeAll(async () => {
  gallery = await sharedGallery();
  ({ url } = gallery.server);
});

describe('an unknown route is a 404', () => {
  it.each([
    '/favicon.ico',
    '/robots.txt',
    '/v1',
    '/v1/',
    '/v1/upload/',
    '/v1/uploads/x/y',
    '/health/',
    '/ready/x/y',
    '/metrics/',
  ])('%s', async (path) => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      expectError(await ask(url + path, { method }), 404, 'route_not_found');
    }
  });

  it.each(['/Health/x', '/api/x', '/__proto__/constructor', '/.env/x', '/.git/config'])(
    '%s gives nothing out',
    async (path) => {
      expect((await ask(url + path)).status).toBe(404);
    },
  );
});

describe('a wrong method is a 405 with Allow', () => {
  const image = '/my-app/zzzzzzzzzz-none.jpg';
  it.each([
    ['/v1/upload', 'POST, OPTIONS', ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE']],
    [`/v1/images${image}`, 'GET, HEAD, PATCH, DELETE', ['POST', 'PUT', 'OPTIONS']],
    // The end of a name, except for the method of the action.
    [`/v1/images${image}/revoke-links`, 'GET, HEAD, POST, PATCH, DELETE', ['PUT', 'OPTIONS']],
    ['/v1/projects/my-app/images', 'GET, HEAD', ['POST', 'PUT', 'DELETE', 'OPTIONS']],
    [`/v1/blurhash${image}`, 'GET, HEAD, OPTIONS', ['POST', 'DELETE']],
    [image, 'GET, HEAD, OPTIONS', ['POST', 'PUT', 'PATCH', 'DELETE']],
    ['/health', 'GET, HEAD', ['POST', 'DELETE', 'OPTIONS']],
    ['/ready', 'GET, HEAD', ['POST', 'DELETE']],
  ])('%s', async (path, allow, methods) => {
    for (const method of methods) {
      const reply = await ask(url + path, { method });
      expect([method, reply.status, reply.headers.allow]).toEqual([method, 405, allow]);
      if (method !== 'HEAD') expectError(reply, 405, 'method_not_allowed');
    }
  });
});

describe('a preflight', () => {
  const image = '/my-app/zzzzzzzzzz-none.jpg';
  it.each([
    ['/v1/upload', 'POST', 'X-Aura-Signature'],
    [image, 'GET', 'Range'],
    [image, 'HEAD', 'If-None-Match'],
    [`/v1/blurhash${image}`, 'GET', 'Range'],
  ])('%s for %s with %s', async (path, method, field) => {
    const headers = {
      Origin: 'https://app.example',
      'Access-Control-Request-Method': method,
      'Access-Control-Request-Headers': field.toLowerCase(),
    };
    const reply = await ask(url + path, { method: 'OPTIONS', headers });
    expect([reply.status, reply.body.length]).toEqual([204, 0]);
    expect(reply.headers['access-control-allow-origin']).toBe('*');
    expect(String(reply.headers['access-control-allow-methods']).split(', ')).toContain(method);
    expect(String(reply.headers['access-control-allow-headers']).split(', ')).toContain(field);
    expect(Number(reply.headers['access-control-max-age'])).toBeGreaterThan(0);
    expect(reply.headers['access-control-allow-credentials']).toBeUndefined();
  });

  it('is the same for a private and an unknown image', async () => {
    const [known, unknown] = await Promise.all(
      [gallery.closed.url, `${url}${image}`].map((address) => ask(address, { method: 'OPTIONS' })),
    );
    const visible = ({ headers }: { headers: object }) =>
      Object.entries(headers).filter(([name]) => name !== 'x-request-id' && name !== 'date');
    expect(known?.status).toBe(unknown?.status);
    expect(visible(known ?? { headers: {} })).toEqual(visible(unknown ?? { headers: { x: 1 } }));
  });
});

describe('the blurhash', () => {
  const route = (project: string, key: string, query = '') =>
    `${url}/v1/blurhash/${project}/${key}${query}`;

  it('of a public image is public, by its route and by ?blur=true', async () => {
    const { project, open } = gallery;
    const { blurhash, width, height } = open;
    const byRoute = await ask(route(project, open.key));
    expect([byRoute.status, json(byRoute)]).toEqual([200, { blurhash, width, height }]);
    const byQuery = await ask(withQuery(open.url, 'blur=true&w=50'));
    expect([byQuery.status, json(byQuery)]).toEqual([200, { blurhash }]);
    for (const { headers } of [byRoute, byQuery]) {
      expect(headers['content-type']).toBe('application/json');
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    }
    expect(byRoute.headers.etag).not.toBe(byQuery.headers.etag);
  });

  it('of a private image needs the token that the image needs', async () => {
    const { project, closed, signedUrl } = gallery;
    const { blurhash, width, height } = closed;
    const token = new URL(signedUrl).search;
    const byRoute = await ask(route(project, closed.key, token));
    expect([byRoute.status, json(byRoute)]).toEqual([200, { blurhash, width, height }]);
    const byQuery = await ask(withQuery(signedUrl, 'blur=true'));
    expect([byQuery.status, json(byQuery)]).toEqual([200, { blurhash }]);
    for (const { headers } of [byRoute, byQuery]) {
      expect(headers['cache-control']).toBe('private, max-age=300');
      expect(headers['server-timing']).toContain('cache;desc="BYPASS"');
    }
    const refusals = [
      [route(project, closed.key), TOKEN_MISSING],
      [withQuery(closed.url, 'blur=true'), TOKEN_MISSING],
      [route(project, closed.key, '?token=x'), TOKEN_INVALID],
      [route(project, closed.key, `${token}&token=x`), TOKEN_INVALID],
      [withQuery(closed.url, 'token=x&blur=true'), TOKEN_INVALID],
    ] as const;
    for (const [address, body] of refusals) {
      for (const headers of [
        {},
        { 'If-None-Match': '*' },
        { 'If-None-Match': byRoute.headers.etag },
      ]) {
        const reply = await ask(address, { headers });
        expect([reply.status, reply.body.toString()]).toEqual([403, body]);
        expect(reply.headers['cache-control']).toBe('no-store');
      }
      expect((await ask(address, { method: 'HEAD' })).status).toBe(403);
    }
  });

  it('is revalidated by its own ETag, not by the image’s', async () => {
    const { project, open } = gallery;
    const imageTag = (await ask(open.url)).headers.etag;
    for (const address of [route(project, open.key), withQuery(open.url, 'blur=true')]) {
      const { etag } = (await ask(address)).headers;
      const status = async (tag: string | undefined) =>
        (await ask(address, { headers: { 'If-None-Match': tag } })).status;
      expect([await status(etag), await status(imageTag)]).toEqual([304, 200]);
    }
  });

  it('of an unknown image is a 404', async () => {
    for (const name of ['zzzzzzzzzz-none.jpg', 'x', '%2ex', 'a%2fb']) {
      expectError(await ask(route(gallery.project, name)), 404, 'image_not_found');
    }
    expectError(await ask(route('nobody', gallery.open.key)), 404, 'image_not_found');
  });
});
