import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AuraImage, buildBlurhashUrl, buildServeUrl } from '@auraimage/sdk';
import { uploadOne } from '@auraimage/sdk/client';
import { verifyServeToken } from '@auraimage/sdk/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { colourOf, type Names, openNames } from './support/names.js';
import { ask, json } from './support/serve-request.js';

let names: Names;
let aura: AuraImage;
beforeAll(async () => {
  names = await openNames();
  const { secretKey, serveSecret, projectName } = names.server.credentials;
  aura = new AuraImage({ secretKey, serveSecret, projectName, cdnUrl: names.url });
});

/** Uploads as a page would, with a token that the SDK signed. */
async function put(
  options: Parameters<AuraImage['signUpload']>[0],
  colour: 'red' | 'blue' = 'red',
) {
  const file = new File([new Uint8Array(names.pictures[colour])], 'Größe.jpg');
  return uploadOne(file, { url: names.url, token: await aura.signUpload(options) });
}

describe('signUpload', () => {
  it('names an image, describes it, and replaces it where it is', async () => {
    const metadata = { album: 'summer' };
    const first = await put({ name: 'sdk/avatar.jpg', metadata, visibility: 'private' });
    expect(first).toMatchObject({
      key: 'sdk/avatar',
      name: 'sdk/avatar',
      filename: 'Größe.jpg',
      metadata,
      visibility: 'private',
    });
    await expect(put({ name: 'sdk/avatar' }, 'blue')).rejects.toMatchObject({ code: 'name_taken' });
    const second = await put({ name: 'sdk/avatar', overwrite: true }, 'blue');
    expect(second).toMatchObject({ key: 'sdk/avatar', visibility: 'private' });
    expect(await colourOf(await ask(await aura.getSignedUrl('sdk/avatar')))).toBe('blue');
  });
});

describe('URLs', () => {
  beforeAll(() => put({ name: 'sdk/hero', overwrite: true }));

  it('of a public image have transforms in the path', async () => {
    const image = { cdnUrl: names.url, project: names.project, name: 'sdk/hero' };
    const url = buildServeUrl({ ...image, width: 40, format: 'webp', v: 2 });
    expect(new URL(url).pathname).toBe(`/${names.project}/w=40/sdk/hero.webp`);
    expect((await ask(url)).headers['content-type']).toBe('image/webp');
    const original = await ask(buildServeUrl({ ...image, format: 'original' }));
    expect(original.body).toEqual(names.pictures.red);
    expect(json(await ask(buildBlurhashUrl(image)))).toMatchObject({ width: 80, height: 60 });
  });

  it('of a private image are signed for every size and for a download', async () => {
    await aura.setVisibility('sdk/hero', 'private');
    const cover = { width: 40, height: 40, format: 'png' } as const;
    const small = await ask(await aura.getSignedUrl('sdk/hero', cover));
    expect([small.status, small.headers['content-type']]).toEqual([200, 'image/png']);
    const saved = await aura.getSignedUrl('sdk/hero', { format: 'original', download: 'Füße.jpg' });
    const { headers, body } = await ask(saved);
    expect(headers['content-disposition']).toContain("filename*=UTF-8''F%C3%BC%C3%9Fe.jpg");
    expect(body).toEqual(names.pictures.red);
    const token = new URL(saved).searchParams.get('token');
    const image = { project: names.project, key: 'sdk/hero' };
    const { serveSecret } = names.server.credentials;
    expect(await verifyServeToken(token, serveSecret, { image })).toMatchObject({ f: 'sdk/hero' });
    const blurhash = { cdnUrl: names.url, project: names.project, name: 'sdk/hero' };
    expect((await ask(buildBlurhashUrl(blurhash))).status).toBe(403);
    expect((await ask(buildBlurhashUrl({ ...blurhash, token: token ?? '' }))).status).toBe(200);
  });
});

describe('the images of a project', () => {
  beforeAll(async () => {
    for (const name of ['sdk-list/a', 'sdk-list/b', 'sdk-list/c/d', 'sdk-list/e']) {
      await put({ name, overwrite: true });
    }
  });

  it('are listed by prefix and folder, page by page', async () => {
    const options = { prefix: 'sdk-list/', folders: true, limit: 2 };
    const first = await aura.list(options);
    expect(first.images.map(({ key }) => key)).toEqual(['sdk-list/a', 'sdk-list/b']);
    const rest = await aura.list({ ...options, cursor: first.cursor ?? '' });
    expect([rest.folders, rest.images.map(({ key }) => key), rest.cursor]).toEqual([
      ['sdk-list/c/'],
      ['sdk-list/e'],
      null,
    ]);
    const found = await aura.list({ search: 'sdk-list/c' });
    expect(found.images.map(({ key }) => key)).toEqual(['sdk-list/c/d']);
  });

  it('are read, described, renamed and deleted', async () => {
    expect(await aura.get('sdk-list/a')).toMatchObject({ key: 'sdk-list/a', version: 1 });
    const metadata = { order: '7' };
    expect(await aura.setMetadata('sdk-list/a', metadata)).toEqual({ metadata });
    const moved = await aura.rename('sdk-list/a', 'sdk-moved/a.jpg');
    expect(moved).toEqual({ key: 'sdk-moved/a', url: `${names.url}/${names.project}/sdk-moved/a` });
    expect(await aura.get('sdk-list/a')).toBeNull();
    expect(await aura.get('sdk-moved/a')).toMatchObject({ metadata });
    await expect(aura.rename('sdk-moved/a', 'sdk-list/b')).rejects.toMatchObject({
      status: 409,
      serverCode: 'name_taken',
    });
    await aura.delete('sdk-moved/a');
    await expect(aura.delete('sdk-moved/a')).rejects.toMatchObject({ status: 404 });
  });

  it('lose their links when these are revoked', async () => {
    await aura.setVisibility('sdk-list/b', 'private');
    const before = await aura.getSignedUrl('sdk-list/b');
    const { linksRevokedAt } = await aura.revokeLinks('sdk-list/b');
    expect((await ask(before)).status).toBe(403);
    expect((await ask(await aura.getSignedUrl('sdk-list/b'))).status).toBe(200);
    expect(await aura.get('sdk-list/b')).toMatchObject({ linksRevokedAt });
  });
});

describe('uploadFromUrl', () => {
  const source = createServer((_, response) => {
    response.writeHead(200, { 'Content-Type': 'image/jpeg' }).end(names.pictures.blue);
  });
  let url: string;
  beforeAll(async () => {
    source.listen(0, '127.0.0.1');
    await once(source, 'listening');
    url = `http://127.0.0.1:${(source.address() as AddressInfo).port}/photos/Sdk%20Harbour.jpg`;
  });
  afterAll(() => source.close());

  it('stores a picture of another server', async () => {
    const stored = await aura.uploadFromUrl(url);
    expect(stored).toMatchObject({ key: 'Sdk-Harbour', filename: 'Sdk Harbour.jpg', width: 80 });
    expect(await colourOf(await ask(stored.url))).toBe('blue');
    await expect(aura.uploadFromUrl(url)).rejects.toMatchObject({
      code: 'request_refused',
      serverCode: 'name_taken',
    });
    const options = { name: 'sdk/harbour', visibility: 'private', overwrite: true } as const;
    expect(await aura.uploadFromUrl(url, options)).toMatchObject({
      key: 'sdk/harbour',
      visibility: 'private',
    });
  });
});
