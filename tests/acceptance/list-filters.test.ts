import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { upload } from '../harness/upload.js';
import { type Gallery, sharedGallery } from './support/serve-gallery.js';
import { ask, expectError, json, type Reply } from './support/serve-request.js';

let gallery: Gallery;
let other: Buffer;
const keys: Record<'beach' | 'beachHouse' | 'mountain', string> = {
  beach: '',
  beachHouse: '',
  mountain: '',
};

beforeAll(async () => {
  gallery = await sharedGallery();
  other = await drawing(20, 30).png().toBuffer();
  keys.beach = (await upload(gallery.server, other, 'public', 'beach.png')).key;
  keys.beachHouse = (await upload(gallery.server, gallery.file, 'private', 'beach-house.jpg')).key;
  keys.mountain = (await upload(gallery.server, other, 'private', 'mountain.png')).key;
});
function list(query: string): Promise<Reply> {
  const { url, credentials } = gallery.server;
  return ask(`${url}/v1/projects/${gallery.project}/images?${query}`, {
    headers: { Authorization: `Bearer ${credentials.secretKey}` },
  });
}

async function found(query: string): Promise<{ keys: string[]; cursor: string | null }> {
  const reply = await list(query);
  expect(reply.status).toBe(200);
  const { images, cursor } = json(reply) as { images: { key: string }[]; cursor: string | null };
  return { keys: images.map(({ key }) => key), cursor };
}

const sha256Of = (file: Buffer) => createHash('sha256').update(file).digest('hex');

describe('the list of images', () => {
  it('finds by a part of the name, and by the beginning of a key', async () => {
    expect((await found('q=beach')).keys).toEqual([keys.beachHouse, keys.beach]);
    expect((await found('q=beach-house.jpg')).keys).toEqual([keys.beachHouse]);
    expect((await found(`q=${keys.mountain}`)).keys).toEqual([keys.mountain]);
    expect((await found(`q=${keys.mountain.slice(0, 6)}`)).keys).toEqual([keys.mountain]);
    // The random characters of other images could contain it by chance.
    expect((await found(`q=${keys.mountain.slice(2, 9)}`)).keys).toEqual([]);
    expect((await found('q=no-such-thing')).keys).toEqual([]);
  });

  it('treats every character literally', async () => {
    expect((await found('q=.')).keys.length).toBeGreaterThan(3);
    expect((await found('q=b..ch')).keys).toEqual([]);
    for (const text of ['%25', '_', '*', '?', "'", '%00', 'ø', '灯', '%5C', '%22']) {
      expect((await found(`q=${encodeURI(text)}`)).keys, text).toEqual([]);
    }
    // As a key has them: without accents, and with hyphens.
    for (const text of ['BEACH-h', 'bèäch h']) {
      expect((await found(`q=${encodeURIComponent(text)}`)).keys, text).toEqual([keys.beachHouse]);
    }
    for (const text of ['', 'a'.repeat(65)]) {
      expectError(await list(`q=${text}`), 400, 'field_invalid');
    }
  });

  it('finds by visibility', async () => {
    const open = (await found('visibility=public')).keys;
    const closed = (await found('visibility=private')).keys;
    expect(open).toContain(keys.beach);
    expect(closed).toEqual(expect.arrayContaining([keys.beachHouse, keys.mountain]));
    expect(open.filter((key) => closed.includes(key))).toEqual([]);
    expectError(await list('visibility=secret'), 400, 'field_invalid');
  });

  it('finds by format', async () => {
    expect((await found(`sha256=${sha256Of(other)}`)).keys).toEqual([keys.mountain, keys.beach]);
    expect((await found(`sha256=${'0'.repeat(64)}`)).keys).toEqual([]);
    expectError(await list(`sha256=${sha256Of(other).toUpperCase()}`), 400, 'field_invalid');
  });

  it('combines filters, and pages', async () => {
    const both = `q=beach&visibility=private&sha256=${sha256Of(gallery.file)}`;
    expect((await found(both)).keys).toEqual([keys.beachHouse]);
    const first = await found('q=beach&limit=1');
    expect(first.keys).toEqual([keys.beachHouse]);
    const second = await found(`q=beach&limit=1&cursor=${first.cursor}`);
    expect(second).toEqual({ keys: [keys.beach], cursor: null });
  });

  it('names the invalid parameter', async () => {
    for (const [query, name] of [
      ['q=', 'q'],
      ['prefix=%25', 'prefix'],
      ['delimiter=-', 'delimiter'],
      ['visibility=', 'visibility'],
      ['sha256=1', 'sha256'],
    ]) {
      expect(json(await list(String(query)))).toEqual({
        message: expect.stringContaining(`"${name}"`),
      });
    }
  });
});
