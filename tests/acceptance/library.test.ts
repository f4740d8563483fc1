import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differs } from '../cloudflare/differences.js';
import { addProject } from '../harness/projects.js';
import type { Credentials, TestServer } from '../harness/server.js';
import { type Uploaded, upload } from '../harness/upload.js';
import { type Gallery, openGallery } from './support/serve-gallery.js';
import { ask, expectError, json, type Reply } from './support/serve-request.js';
import { patchAs, setTo } from './support/serve-visibility.js';

interface Page {
  readonly images: readonly (Uploaded & { sha256: string; uploadedAt: string })[];
  readonly cursor: string | null;
}

let gallery: Gallery<TestServer>;
let other: Credentials;
let url: string;
let secretKey: string;
/** In the order of their uploads. */
const uploaded: string[] = [];

beforeAll(async () => {
  gallery = await openGallery();
  ({ url } = gallery.server);
  ({ secretKey } = gallery.server.credentials);
  other = await addProject(gallery.server, 'other-app');
  uploaded.push(String(gallery.server.sample.unsigned.split('/').at(-1)));
  uploaded.push(gallery.open.key, gallery.closed.key);
  for (const name of ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg']) {
    uploaded.push((await upload(gallery.server, gallery.file, 'private', name)).key);
  }
});

afterAll(() => gallery?.server.kill());

function list(query = '', authorization = `Bearer ${secretKey}`): Promise<Reply> {
  const target = `${url}/v1/projects/${gallery.project}/images${query}`;
  return ask(target, { headers: authorization === '' ? {} : { Authorization: authorization } });
}

function remove(image: string, authorization = `Bearer ${secretKey}`): Promise<Reply> {
  const headers = authorization === '' ? {} : { Authorization: authorization };
  return ask(`${url}/v1/images/${image}`, { method: 'DELETE', headers });
}

async function page(query: string): Promise<Page> {
  const reply = await list(query);
  expect(reply.status).toBe(200);
  return json(reply) as Page;
}

/** Bytes of every file of the data folder outside the database. */
async function storedFiles(folder = gallery.server.dataDir): Promise<number[]> {
  const sizes: number[] = [];
  for (const entry of await readdir(folder, { recursive: true })) {
    const found = await stat(join(folder, entry));
    if (found.isFile() && !/\.(db|sqlite)/.test(entry)) sizes.push(found.size);
  }
  return sizes;
}

describe('the list', () => {
  it('has every image, newest first, with the values of the upload’s response', async () => {
    const { images, cursor } = await page('');
    expect(images.map(({ key }) => key)).toEqual(uploaded.toReversed());
    expect(cursor).toBeNull();
    const open = images.find(({ key }) => key === gallery.open.key);
    const { receipt: _, ...facts } = gallery.open;
    expect(open).toMatchObject(facts);
    expect(open?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(new Date(open?.uploadedAt ?? '').getTime()).toBeGreaterThan(Date.now() - 600_000);
  });

  it.each([1, 2, 3, 7])('in pages of %i has each image once, in the same order', async (limit) => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const next: string = cursor === null ? '' : `&cursor=${cursor}`;
      const { images, cursor: following }: Page = await page(`?limit=${limit}${next}`);
      expect(images.length).toBeLessThanOrEqual(limit);
      expect(images.length).toBeGreaterThan(0);
      seen.push(...images.map(({ key }) => key));
      cursor = following;
    } while (cursor !== null);
    expect(seen).toEqual(uploaded.toReversed());
  });

  it('continues after its cursor when images were added', async () => {
    const first = await page('?limit=2');
    const added = await upload(gallery.server, gallery.file, 'public', 'new.jpg');
    const second = await page(`?limit=2&cursor=${first.cursor}`);
    expect(second.images.map(({ key }) => key)).toEqual(uploaded.toReversed().slice(2, 4));
    expect((await remove(`${gallery.project}/${added.key}`)).status).toBe(204);
  });

  it('shows a change of visibility', async () => {
    const { project, open } = gallery;
    await patchAs(url, `${project}/${open.key}`, secretKey, setTo('private'));
    const { images } = await page('');
    expect(images.find(({ key }) => key === open.key)?.visibility).toBe('private');
    await patchAs(url, `${project}/${open.key}`, secretKey, setTo('public'));
  });

  it('is not cacheable and contains no token', async () => {
    const reply = await list();
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(reply.body.toString()).not.toMatch(/token|secret|sk_live/);
  });

  it.each(['0', '-1', '1001', '99999', '1.5', '1e2', 'ten', '', '%00', '0x5', '+5'])(
    'limit=%s is a 400',
    async (limit) => expectError(await list(`?limit=${limit}`), 400, 'page_malformed'),
  );

  it.each([
    '',
    'x',
    '0',
    '%00',
    '%2e%2e',
    "'%20OR%201=1--",
    Buffer.from('nonsense').toString('base64url'),
    Buffer.from("1 ' OR 1=1 --").toString('base64url'),
    Buffer.from('9'.repeat(30)).toString('base64url'),
    'A'.repeat(5000),
  ])('cursor=%s is a 400', async (cursor) => {
    expectError(await list(`?limit=2&cursor=${cursor}`), 400, 'page_malformed');
  });

  it('refuses a changed cursor', async () => {
    const { cursor } = await page('?limit=2');
    for (const changed of [`${cursor}=`, `${cursor}A`, `%20${cursor}`]) {
      expectError(await list(`?cursor=${changed}`), 400, 'page_malformed');
    }
  });
});

describe('refused credentials', () => {
  const cases: readonly (readonly [string, () => string, number, string])[] = [
    ['nobody', () => '', 401, 'secret_key_required'],
    ['an empty bearer', () => 'Bearer ', 401, 'secret_key_invalid'],
    ['another scheme', () => `Basic ${secretKey}`, 401, 'secret_key_required'],
    ['the key alone', () => secretKey, 401, 'secret_key_required'],
    [
      'a serve secret',
      () => bearer(gallery.server.credentials.serveSecret),
      401,
      'secret_key_invalid',
    ],
    ['two keys', () => `Bearer ${secretKey} ${secretKey}`, 401, 'secret_key_invalid'],
    ['an unknown key', () => bearer(`sk_live_${'A'.repeat(43)}`), 401, 'secret_key_invalid'],
    ['half a key', () => bearer(secretKey.slice(0, -1)), 401, 'secret_key_invalid'],
    [
      'the key in capitals',
      () => bearer(`sk_live_${secretKey.slice(8).toUpperCase()}`),
      401,
      'secret_key_invalid',
    ],
    ['another project’s key', () => bearer(other.secretKey), 403, 'project_forbidden'],
  ];

  it.each(cases)('%s lists: %#', async (_name, authorization, status, code) => {
    const reply = await list('', authorization());
    expectError(reply, status, code);
    expect(reply.headers['www-authenticate'] ?? '').toMatch(status === 401 ? /^Bearer/ : /^$/);
  });

  it.each(cases)('%s deletes: %#', async (_name, authorization, status, code) => {
    const image = `${gallery.project}/${gallery.open.key}`;
    expectError(await remove(image, authorization()), status, code);
    expect((await ask(gallery.open.url)).status).toBe(200);
  });

  it('an upload token or a visibility token is not a secret key', async () => {
    const token = await gallery.server.aura.signUpload();
    const headers = { 'X-Aura-Signature': token };
    const address = `${url}/v1/images/${gallery.project}/${gallery.open.key}`;
    expectError(await ask(address, { method: 'DELETE', headers }), 401, 'secret_key_required');
    expectError(await list('', bearer(token)), 401, 'secret_key_invalid');
  });

  it.each(['nobody', 'Nobody', 'v1', 'x', '%252e', 'my-app%00'])(
    'the list of the project %s: 401 without a key, 403 with one of another',
    async (name) => {
      const address = `${url}/v1/projects/${name}/images`;
      expectError(await ask(address), 401, 'secret_key_required');
      const headers = { Authorization: bearer(other.secretKey) };
      expectError(await ask(address, { headers }), 403, 'project_forbidden');
    },
  );

  const bearer = (key: string) => `Bearer ${key}`;
});

describe('a deleted image', () => {
  it('is gone from its URL, the list and the disk; deleting it again is a 404', async () => {
    const { project, server } = gallery;
    const before = await storedFiles();
    for (const visibility of ['public', 'private'] as const) {
      const file = Buffer.concat([gallery.file, Buffer.from(`only here: ${visibility}`)]);
      const { key } = await upload(server, file, visibility, 'gone.jpg');
      const signed = await server.aura.getSignedUrl(key);
      for (let time = 0; time < 2; time++) expect((await ask(signed)).status).toBe(200);
      expect(await storedFiles()).toContain(file.length);

      const reply = await remove(`${project}/${key}`);
      expect([reply.status, reply.body.length]).toEqual([204, 0]);
      for (const address of [`${url}/${project}/${key}`, signed]) {
        expectError(await ask(address), 404, 'image_not_found');
        expectError(
          await ask(address, { headers: { 'If-None-Match': '*' } }),
          404,
          'image_not_found',
        );
      }
      expectError(await ask(`${url}/v1/blurhash/${project}/${key}`), 404, 'image_not_found');
      expect((await page('')).images.map((image) => image.key)).toEqual(uploaded.toReversed());
      expectError(await remove(`${project}/${key}`), 404, 'image_not_found');
      expectError(
        await patchAs(url, `${project}/${key}`, secretKey, setTo('public')),
        404,
        'image_not_found',
      );
      expect(await storedFiles()).toEqual(before);
    }
  });

  it('does not affect another image with the same bytes', async () => {
    const twin = await upload(gallery.server, gallery.file, 'public', 'twin.jpg');
    expect((await remove(`${gallery.project}/${twin.key}`)).status).toBe(204);
    expect((await ask(gallery.open.url)).body.equals(gallery.file)).toBe(true);
  });

  const dots = differs('paths') ? [] : ['..'];
  it.each(['zzzzzzzzzz-none.jpg', ...dots, '%2e%2e%2fmy-app', '%00', '*', 'x'])(
    'that never was, %s: 404',
    async (key) => {
      const target = `/v1/images/${gallery.project}/${key}`;
      const headers = { Authorization: `Bearer ${secretKey}` };
      expectError(await ask(url, { method: 'DELETE', headers, target }), 404, 'image_not_found');
    },
  );
});
