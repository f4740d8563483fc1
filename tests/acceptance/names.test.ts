import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { differs } from '../cloudflare/differences.js';
import { colourOf, type Named, type Names, openNames, refusalOf } from './support/names.js';
import { TOKEN_INVALID, TOKEN_MISSING } from './support/serve-gallery.js';
import { ask, expectError, json } from './support/serve-request.js';
import { now } from './support/serve-token.js';
import { sign } from './support/upload-tokens.js';

let names: Names;
beforeAll(async () => {
  names = await openNames();
});

describe('an upload with a name', () => {
  it('is stored under the name, which its answer has as key, name and in the URL', async () => {
    const metadata = { album: 'summer', order: '7' };
    const stored = await names.store(
      { name: 'users/42/avatar.JPG', metadata },
      names.pictures.red,
      'Größe.JPG',
    );
    expect(stored).toMatchObject({
      key: 'users/42/avatar',
      name: 'users/42/avatar',
      url: `${names.url}/${names.project}/users/42/avatar`,
      filename: 'Größe.JPG',
      metadata,
      visibility: 'public',
      masterFormat: 'jpeg',
    });
    const facts = await names.manage('GET', `images/${names.project}/users/42/avatar`);
    expect(json(facts)).toMatchObject({ key: 'users/42/avatar', filename: 'Größe.JPG', metadata });
  });

  it('without one keeps the generated key, which is the name', async () => {
    const stored = await names.store({}, names.pictures.red, '灯泡.jpg');
    expect(stored.key).toMatch(/^[a-z0-9]{10}-dengpao\.jpg$/);
    expect(stored).toMatchObject({ name: stored.key, filename: '灯泡.jpg', metadata: {} });
  });

  it('is 409 when the name is taken, and leaves nothing', async () => {
    await names.store({ name: 'taken' });
    for (const claims of [{ name: 'taken' }, { name: 'taken.png', overwrite: false }]) {
      const response = await names.put(claims, names.pictures.blue);
      expect((await refusalOf(response)).slice(0, 2)).toEqual([409, 'name_taken']);
    }
    expect(await colourOf(await names.read('taken'))).toBe('red');
  });

  it.each([
    [{ name: '../etc/passwd' }, '"name" must consist of pieces'],
    [{ name: 'a//b' }, '"name" must consist of pieces'],
    [{ name: 'x'.repeat(256) }, '"name" must have at most 255 characters'],
    [{ name: 'a.png.jpg' }, '"name" must not end in the extension of an image'],
    [{ name: 'а' }, '"name" must consist of pieces'],
    [{ name: 7 }, '"name" must be a text'],
    [{ overwrite: true }, '"overwrite" must have a "name"'],
    [{ name: 'a', overwrite: 1 }, '"overwrite" must be true or false'],
    [{ metadata: { A: 'x' } }, '"metadata" must have keys'],
    [{ metadata: { a: 'x'.repeat(2100) } }, '"metadata" must have at most 2048 bytes'],
  ])('of %j is 401 with the reason', async (claims, reason) => {
    const [status, code, message] = await refusalOf(await names.put(claims));
    expect([status, code]).toEqual([401, 'upload_token_invalid']);
    expect(message).toContain(reason);
  });
});

describe('an overwriting upload', () => {
  it('replaces the bytes under the address, and its ETags change', async () => {
    await names.store({ name: 'again', overwrite: true });
    const before = await names.read('again');
    const master = await names.read('again?fmt=original');
    expect(master.body).toEqual(names.pictures.red);
    const stored = await names.store({ name: 'again', overwrite: true }, names.pictures.blue);
    expect(stored.key).toBe('again');
    const after = await names.read('again', { headers: { 'If-None-Match': before.headers.etag } });
    expect([after.status, await colourOf(after)]).toEqual([200, 'blue']);
    const masterNow = await names.read('again?fmt=original', {
      headers: { 'If-None-Match': master.headers.etag },
    });
    expect(masterNow.body).toEqual(names.pictures.blue);
  });

  it('never widens the visibility that the token does not name', async () => {
    await names.store({ name: 'secret', visibility: 'private' });
    expect(
      (await names.store({ name: 'secret', overwrite: true }, names.pictures.blue)).visibility,
    ).toBe('private');
    expect((await names.read('secret')).body.toString()).toBe(TOKEN_MISSING);
    const shown = await names.read(`secret?token=${names.token('secret')}`);
    expect([shown.status, await colourOf(shown)]).toEqual([200, 'blue']);
    const opened = { name: 'secret', overwrite: true, visibility: 'public' };
    expect((await names.store(opened)).visibility).toBe('public');
    expect((await names.read('secret')).status).toBe(200);
  });

  it('of many at once leaves whole pictures, each with the ETag of its bytes', {
    timeout: 120_000,
  }, async () => {
    const length = differs('slots') ? 5 : 50;
    const sizes = Array.from({ length }, (_, n) => n + 1);
    const files = await Promise.all(
      sizes.map((width) => {
        const create = { width, height: 20, channels: 3, background: 'red' } as const;
        return sharp({ create }).png().toBuffer();
      }),
    );
    await names.store({ name: 'busy' }, files[0]);
    let writing = true;
    const etags = new Map<string, string>();
    const reader = async () => {
      while (writing) {
        const reply = await names.read('busy?fmt=original');
        expect(reply.status).toBe(200);
        const found = files.findIndex((file) => file.equals(reply.body));
        expect(found).toBeGreaterThanOrEqual(0);
        const etag = String(reply.headers.etag);
        expect(etags.get(etag) ?? String(found)).toBe(String(found));
        etags.set(etag, String(found));
      }
    };
    const readers = Array.from({ length: 4 }, reader);
    const stored = await Promise.all(
      files.map((file) => names.store({ name: 'busy', overwrite: true }, file)),
    );
    writing = false;
    await Promise.all(readers);
    const last = json(await names.manage('GET', `images/${names.project}/busy`)) as Named & {
      version: number;
    };
    expect(last.version).toBe(length + 1);
    expect(stored.map(({ width }) => width)).toContain(last.width);
    expect((await names.read('busy?fmt=original')).body).toEqual(files[last.width - 1]);
  });
});

describe('owners', () => {
  it('rename an image: the old address and its links stop', async () => {
    await names.store({ name: 'old/name', visibility: 'private' });
    const link = `old/name?token=${names.token('old/name')}`;
    expect((await names.read(link)).status).toBe(200);
    const renamed = await names.manage('PATCH', `images/${names.project}/old/name`, {
      name: 'new/name.png',
    });
    expect([renamed.status, json(renamed)]).toEqual([
      200,
      {
        visibility: 'private',
        key: 'new/name',
        url: `${names.url}/${names.project}/new/name`,
        metadata: {},
        focus: null,
        version: 2,
      },
    ]);
    expectError(await names.read(link), 404, 'image_not_found');
    const moved = await names.read(`new/name?token=${names.token('old/name')}`);
    expect(moved.body.toString()).toBe(TOKEN_INVALID);
    expect((await names.read(`new/name?token=${names.token('new/name')}`)).status).toBe(200);
  });

  it('get errors that say what is wrong', async () => {
    await names.store({ name: 'one' });
    await names.store({ name: 'two' });
    const change = (body: unknown, name = 'one') =>
      names.manage('PATCH', `images/${names.project}/${name}`, body);
    expectError(await change({ name: 'two' }), 409, 'name_taken');
    expectError(await change({ name: 'x' }, 'none'), 404, 'image_not_found');
    expectError(await change({ name: '../x' }), 400, 'field_invalid');
    expectError(await change({ metadata: { A: 'x' } }), 400, 'field_invalid');
    for (const body of [{}, { name: 'x', metadata: {} }, { name: 7 }, { metadata: { a: 1 } }]) {
      expectError(await change(body), 400, 'visibility_malformed');
    }
    expect((await names.read('one')).status).toBe(200);
  });

  it('change metadata', async () => {
    await names.store({ name: 'described', metadata: { a: '1' } });
    const changed = await names.manage('PATCH', `images/${names.project}/described`, {
      metadata: { b: 'ß' },
    });
    expect(json(changed)).toMatchObject({ key: 'described', metadata: { b: 'ß' } });
    const facts = await names.manage('GET', `images/${names.project}/described`);
    expect(json(facts)).toMatchObject({ metadata: { b: 'ß' } });
  });

  it('may rename and set a focal point only with an owner’s credentials', async () => {
    await names.store({ name: 'mine' });
    const { secretKey } = names.server.credentials;
    const iat = now();
    const scope = {
      projectName: names.project,
      act: 'visibility',
      f: 'mine',
      visibility: 'public',
    };
    const visibilityToken = sign({ ...scope, iat, exp: iat + 60 }, secretKey);
    for (const body of ['{"name":"yours"}', '{"focus":{"x":0,"y":0}}']) {
      const reply = await ask(`${names.url}/v1/images/${names.project}/mine`, {
        method: 'PATCH',
        headers: { 'X-Aura-Signature': visibilityToken, 'Content-Type': 'application/json' },
        body,
      });
      expectError(reply, 403, 'visibility_token_scope');
    }
    expect((await names.read('mine')).status).toBe(200);
  });

  it('list, revoke and delete by names with slashes', async () => {
    for (const name of ['trips/a', 'trips/2026/b', 'trips/2026/c', 'tripsy'])
      await names.store({ name });
    const list = async (query: string) => {
      const page = json(await names.manage('GET', `projects/${names.project}/images?${query}`));
      const { images, folders, cursor } = page as {
        images: Named[];
        folders: string[];
        cursor: string | null;
      };
      return { keys: images.map(({ key }) => key), folders, cursor };
    };
    expect(await list('prefix=trips/&delimiter=/')).toEqual({
      keys: ['trips/a'],
      folders: ['trips/2026/'],
      cursor: null,
    });
    expect((await list('prefix=trips/')).keys).toEqual(['trips/2026/b', 'trips/2026/c', 'trips/a']);
    const first = await list('prefix=trips/&limit=1');
    expect(first.keys).toEqual(['trips/2026/b']);
    expect((await list(`prefix=trips/&limit=2&cursor=${first.cursor}`)).keys).toEqual([
      'trips/2026/c',
      'trips/a',
    ]);
    const clash = await names.manage('GET', `projects/${names.project}/images?prefix=a&q=b`);
    expectError(clash, 400, 'field_invalid');
    const revoked = await names.manage('POST', `images/${names.project}/trips/2026/b/revoke-links`);
    expect(revoked.status).toBe(200);
    expect((await names.manage('DELETE', `images/${names.project}/trips/2026/b`)).status).toBe(204);
    expectError(await names.read('trips/2026/b'), 404, 'image_not_found');
  });
});
