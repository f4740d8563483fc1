import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { AuraImage, type ListOptions } from './index.js';

const SECRET_KEY = 'sk_live_never-to-be-shown';
const NAME = 'users/42/avatar';

let server: Server | undefined;
afterEach(async () => {
  server?.close();
  server?.closeAllConnections();
  if (server?.listening) await once(server, 'close');
});

/** A CDN that answers each request the same way, and what it was asked. */
async function startCdn(status: number, body?: unknown, code?: string) {
  const received: string[] = [];
  server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const bearer = request.headers.authorization === `Bearer ${SECRET_KEY}` ? '' : 'unsigned ';
    received.push(`${bearer}${request.method} ${request.url}${text && ` ${text}`}`);
    response.writeHead(status, code ? { 'X-Aura-Error': code } : {});
    response.end(body === undefined ? '' : JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cdnUrl = `http://127.0.0.1:${port}`;
  const aura = new AuraImage({ secretKey: SECRET_KEY, projectName: 'my-app', cdnUrl });
  return { aura, received };
}

const calls: [string, (aura: AuraImage) => Promise<unknown>][] = [
  ['list', (aura) => aura.list()],
  ['get', (aura) => aura.get(NAME)],
  ['delete', (aura) => aura.delete(NAME)],
  ['rename', (aura) => aura.rename(NAME, 'b')],
  ['setMetadata', (aura) => aura.setMetadata(NAME, {})],
  ['setFocus', (aura) => aura.setFocus(NAME, null)],
  ['revokeLinks', (aura) => aura.revokeLinks(NAME)],
  ['revokeRecipient', (aura) => aura.revokeRecipient('customer:42')],
];

describe.each(calls)('%s', (_, call) => {
  it("passes on the server's refusal", async () => {
    const { aura } = await startCdn(403, { message: 'No access' }, 'project_forbidden');
    const failed = await call(aura).catch((error: unknown) => error);
    expect(failed).toMatchObject({
      name: 'AuraImageError',
      code: 'request_refused',
      message: '403: No access',
      status: 403,
      serverCode: 'project_forbidden',
    });
    expect(inspect(failed, { depth: 9 })).not.toContain('never-to-be-shown');
  });

  it.each([
    [200, '<html>'],
    [200, null],
    [200, {}],
    [200, { images: 1, key: 'other' }],
  ])('believes no %i with %j', async (status, body) => {
    const { aura } = await startCdn(status, body);
    await expect(call(aura)).rejects.toMatchObject({ code: 'request_failed' });
  });

  it('needs cdnUrl', async () => {
    const lacking = new AuraImage({ secretKey: SECRET_KEY, projectName: 'my-app' });
    await expect(call(lacking)).rejects.toThrow('cdnUrl is missing');
  });
});

describe('list', () => {
  const page = { images: [], folders: [], cursor: null };

  it.each<[ListOptions, string]>([
    [{}, ''],
    [{ prefix: 'users/42/', folders: true }, '?prefix=users%2F42%2F&delimiter=%2F'],
    [{ folders: false, prefix: '' }, '?prefix='],
    [{ search: 'Größe', visibility: 'private' }, '?q=Gr%C3%B6%C3%9Fe&visibility=private'],
    [{ limit: 10, cursor: 'a+b' }, '?limit=10&cursor=a%2Bb'],
  ])('asks for %j', async (options, query) => {
    const { aura, received } = await startCdn(200, page);
    expect(await aura.list(options)).toEqual(page);
    expect(received).toEqual([`GET /v1/projects/my-app/images${query}`]);
  });

  it.each<[string, object, string]>([
    ['option_unknown', { folder: 'a' }, 'did you mean "folders"?'],
    ['option_invalid', { limit: 0 }, 'limit must be'],
    ['option_invalid', { limit: 1001 }, 'limit must be'],
    ['option_invalid', { limit: '5' }, 'limit must be'],
    ['option_invalid', { folders: '/' }, 'folders must be'],
    ['option_invalid', { visibility: 'x' }, 'visibility must be'],
    ['option_invalid', { prefix: 'a/', search: 'b' }, 'search must be without prefix'],
    ['option_invalid', { folders: true, visibility: 'public' }, 'visibility must be without'],
  ])('throws %s for %j and sends nothing', async (code, options, words) => {
    const { aura, received } = await startCdn(200, page);
    const failed = await aura.list(options).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code, message: expect.stringContaining(words) });
    expect(received).toEqual([]);
  });
});

describe('an image', () => {
  it('is found by its name with slashes, or null', async () => {
    const found = await startCdn(200, { key: NAME, version: 1 });
    expect(await found.aura.get(NAME)).toEqual({ key: NAME, version: 1 });
    expect(found.received).toEqual([`GET /v1/images/my-app/${NAME}`]);
    server?.close();
    const none = await startCdn(404, { message: 'Image not found' }, 'image_not_found');
    expect(await none.aura.get(NAME)).toBeNull();
    await expect(none.aura.delete(NAME)).rejects.toMatchObject({ serverCode: 'image_not_found' });
  });

  it('is not null on a server that has no such route', async () => {
    const { aura } = await startCdn(404, { message: 'No route' }, 'route_not_found');
    await expect(aura.get(NAME)).rejects.toMatchObject({ serverCode: 'route_not_found' });
  });

  it('is deleted', async () => {
    const { aura, received } = await startCdn(204);
    expect(await aura.delete(NAME)).toBeUndefined();
    expect(received).toEqual([`DELETE /v1/images/my-app/${NAME}`]);
  });

  it('is renamed, without the extension', async () => {
    const url = 'https://cdn.example/my-app/b/c';
    const { aura, received } = await startCdn(200, { key: 'b/c', url, visibility: 'public' });
    expect(await aura.rename(NAME, 'b/c.png')).toEqual({ key: 'b/c', url });
    expect(received).toEqual([`PATCH /v1/images/my-app/${NAME} {"name":"b/c"}`]);
  });

  it('gets other metadata', async () => {
    const metadata = { album: 'summer' };
    const { aura, received } = await startCdn(200, { metadata, key: NAME });
    expect(await aura.setMetadata(NAME, metadata)).toEqual({ metadata });
    expect(received).toEqual([`PATCH /v1/images/my-app/${NAME} {"metadata":{"album":"summer"}}`]);
  });

  it('gets a focal point, and loses it', async () => {
    const focus = { x: 0.3, y: 0.6667 };
    const { aura, received } = await startCdn(200, { focus, version: 2, key: NAME });
    expect(await aura.setFocus(NAME, { x: 0.3, y: 2 / 3 })).toEqual({ focus, version: 2 });
    server?.close();
    const other = await startCdn(200, { focus: null, version: 3, key: NAME });
    expect(await other.aura.setFocus(NAME, null)).toEqual({ focus: null, version: 3 });
    expect([...received, ...other.received]).toEqual([
      `PATCH /v1/images/my-app/${NAME} {"focus":{"x":0.3,"y":0.6667}}`,
      `PATCH /v1/images/my-app/${NAME} {"focus":null}`,
    ]);
  });

  it('has its links revoked', async () => {
    const linksRevokedAt = '2030-01-01T00:00:00.000Z';
    const { aura, received } = await startCdn(200, { linksRevokedAt, requiresIat: true });
    expect(await aura.revokeLinks(NAME)).toEqual({ linksRevokedAt });
    expect(received).toEqual([`POST /v1/images/my-app/${NAME}/revoke-links`]);
  });

  it('is not read by a revoked recipient', async () => {
    const revokedAt = '2030-01-01T00:00:00.000Z';
    const { aura, received } = await startCdn(200, { sub: 'customer:42', revokedAt });
    expect(await aura.revokeRecipient('customer:42')).toEqual({ revokedAt });
    expect(received).toEqual(['POST /v1/projects/my-app/recipients/revoke {"sub":"customer:42"}']);
  });

  it.each<[string, (aura: AuraImage) => Promise<unknown>]>([
    ['key_invalid', (aura) => aura.get('my-app/abc123xyz0-photo.jpg')],
    ['key_invalid', (aura) => aura.delete('../x')],
    ['key_invalid', (aura) => aura.revokeLinks('a//b')],
    ['option_invalid', (aura) => aura.rename(NAME, 'a b')],
    ['option_invalid', (aura) => aura.revokeRecipient('a b')],
    ['option_invalid', (aura) => aura.setMetadata(NAME, { A: '' })],
    ['option_invalid', (aura) => aura.setFocus(NAME, { x: 0.5, y: 1.1 })],
  ])('throws %s and sends nothing', async (code, call) => {
    const { aura, received } = await startCdn(200, {});
    await expect(call(aura)).rejects.toMatchObject({ code });
    expect(received).toEqual([]);
  });
});
