import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { isSimulated } from '../cloudflare/differences.js';
import { type Names, openNames } from './support/names.js';
import { TOKEN_INVALID, TOKEN_MISSING } from './support/serve-gallery.js';
import { type Ask, expectError, type Reply, variantTag } from './support/serve-request.js';

let names: Names;
const inProject = (name: string) => ({ params: { path: { project: names.project, name } } });

interface Rules {
  readonly transform: string;
  readonly open?: boolean;
  readonly watermark?: { readonly key: string; readonly scale: number };
}

async function put(name: string, rules: Rules) {
  const request = { ...inProject(name), body: rules };
  const { response } = await names.api.PUT('/v1/projects/{project}/presets/{name}', request);
  return response;
}

const remove = (name: string) =>
  names.api.DELETE('/v1/projects/{project}/presets/{name}', inProject(name));

const codeOf = ({ headers }: Response) => headers.get('x-aura-error');
const widthOf = async ({ body }: Reply) => (await sharp(body).metadata()).width;

beforeAll(async () => {
  names = await openNames();
  await names.store({ name: 'photos/one', visibility: 'private' });
  await names.store({ name: 'photos/two' });
  expect((await put('card', { transform: 'q=70,w=40,h=20' })).status).toBe(200);
  expect((await put('preview', { transform: 'w=24,fmt=png', open: true })).status).toBe(200);
});

describe('a preset', () => {
  it('is the same variant in the query, in the path and written out', async () => {
    const forms = ['photos/two?preset=card', 'card/photos/two', 'w=40,h=20,q=70/photos/two'];
    const replies = await Promise.all(forms.map((path) => names.read(path)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(replies.map(variantTag)).size).toBe(1);
    const [first] = replies;
    expect(first && (await widthOf(first))).toBe(40);
    expect(first?.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expectError(await names.read('card/photos/two?w=50'), 400, 'transform_malformed');
    expectError(await names.read('photos/two?preset=none'), 404, 'preset_not_found');
  });

  it('of a private image needs its token, which opens no other image by a preset', async () => {
    const own = names.token('photos/one');
    expect((await names.read(`card/photos/one?token=${own}`)).status).toBe(200);
    const missing = await names.read('card/photos/one');
    expect([missing.status, missing.body.toString()]).toEqual([403, TOKEN_MISSING]);
    await names.store({ name: 'photos/three', visibility: 'private' });
    const other = await names.read(`card/photos/three?token=${own}`);
    expect([other.status, other.body.toString()]).toEqual([403, TOKEN_INVALID]);
  });

  it('changes for every read from the answer on', async () => {
    for (const width of [10, 20, 30]) {
      await put('changing', { transform: `w=${width},fmt=png` });
      const reply = await names.read('changing/photos/two');
      expect(await widthOf(reply)).toBe(width);
      const known = { headers: { 'If-None-Match': String(reply.headers.etag) } };
      expect((await names.read('changing/photos/two', known)).status).toBe(304);
    }
    await remove('changing');
    expect((await names.read('changing/photos/two')).status).toBe(404);
  });

  it('and a folder of images do not have one name', async () => {
    const folder = await put('photos', { transform: 'w=1' });
    expect([folder.status, codeOf(folder)]).toEqual([409, 'preset_name_taken']);
    const taken = await names.put({ name: 'card/four' });
    expect([taken.status, codeOf(taken)]).toEqual([409, 'name_reserved']);
    const renamed = await names.manage('PATCH', `images/${names.project}/photos/two`, {
      name: 'preview/two',
    });
    expectError(renamed, 409, 'name_reserved');
  });
});

describe('an open preset', () => {
  const OPEN = ['photos/one?preset=preview', 'preview/photos/one', 'preview/photos/one?v=7'];

  it('shows a private image without a token, in this form only', async () => {
    for (const path of OPEN) {
      const reply = await names.read(path);
      expect([reply.status, await widthOf(reply)]).toEqual([200, 24]);
      expect(reply.headers['cache-control']).toBe('private, max-age=300');
      expect(reply.headers['server-timing']).toContain('cache;desc="BYPASS"');
      const part = await names.read(path, { headers: { Range: 'bytes=0-3' } });
      expect([part.status, part.body]).toEqual([206, reply.body.subarray(0, 4)]);
      // The second encoding of a variant that is asked for again may change its ETag, once.
      const tags = async () => {
        const got = await names.read(path);
        const head = await names.read(path, { method: 'HEAD' });
        return [head.status, head.headers.etag === got.headers.etag];
      };
      await expect.poll(tags).toEqual([200, true]);
    }
  });

  it.each<[string, Ask?]>([
    ['photos/one'],
    ['photos/one', { method: 'HEAD' }],
    ['photos/one', { headers: { Range: 'bytes=0-9' } }],
    ['photos/one?fmt=original'],
    ['photos/one?blur=true'],
    ['w=24,fmt=png/photos/one'],
    ['card/photos/one'],
    ['preview/photos/one?w=80'],
    ['preview/photos/one.png'],
    ['preview/photos/one?preset=preview'],
    ['photos/one?preset=preview&preset=card'],
    ['w=80/photos/one?preset=preview'],
    ['photos/one?preset=preview&fmt=original', { headers: { 'If-None-Match': '*' } }],
  ])('shows nothing else: %s %j', async (path, how) => {
    expect((await names.read(path, how)).status).toBe(403);
  });

  it('leaves tokens in the query as they are', async () => {
    const other = await names.read(`preview/photos/one?token=${names.token('photos/two')}`);
    expect([other.status, other.body.toString()]).toEqual([403, TOKEN_INVALID]);
    const own = await names.read(`preview/photos/one?token=${names.token('photos/one')}`);
    expect(own.status).toBe(200);
    const blurhash = await names.manage(
      'GET',
      `blurhash/${names.project}/photos/one?preset=preview`,
    );
    expect(blurhash.status).toBe(403);
  });

  it('ends with the mark, from the answer on', async () => {
    const { etag } = (await names.read(OPEN[1] ?? '')).headers;
    for (let flip = 0; flip < 5; flip++) {
      await put('preview', { transform: 'w=24,fmt=png' });
      for (const path of OPEN) {
        const known = { headers: { 'If-None-Match': String(etag) } };
        expect((await names.read(path, known)).status, path).toBe(403);
      }
      await put('preview', { transform: 'w=24,fmt=png', open: true });
      expect((await names.read(OPEN[0] ?? '')).status).toBe(200);
    }
  });

  it('is never without its watermark', async () => {
    await names.store({ name: 'brand/logo' }, names.pictures.blue);
    const watermark = { key: 'brand/logo', scale: 1 };
    await put('marked', { transform: 'w=24,fmt=png', open: true, watermark });
    const pixel = async (reply: Reply) =>
      [...(await sharp(reply.body).removeAlpha().raw().toBuffer()).subarray(0, 3)].map((value) =>
        Math.round(value / 255),
      );
    const marked = await names.read('marked/photos/one');
    expect(marked.status).toBe(200);
    if (!isSimulated('effects')) expect(await pixel(marked)).toEqual([0, 0, 1]);
    await names.manage('PATCH', `images/${names.project}/brand/logo`, { visibility: 'private' });
    const known = { headers: { 'If-None-Match': String(marked.headers.etag) } };
    expectError(await names.read('marked/photos/one', known), 404, 'watermark_missing');
    const logo = await put('other', { transform: 'w=1', watermark });
    expect([logo.status, codeOf(logo)]).toEqual([400, 'watermark_not_found']);
  });
});

describe('a project with unsigned transforms by presets only', () => {
  it('refuses others, and gives originals and signed transforms', async () => {
    const { api } = names;
    const at = { params: { path: { project: names.project } } };
    const limit = (unsignedTransforms: 'any' | 'presets') =>
      api.PATCH('/v1/projects/{project}', { ...at, body: { unsignedTransforms } });
    expect((await limit('presets')).data).toMatchObject({ unsignedTransforms: 'presets' });
    for (const path of ['photos/two?w=40', 'h=9/photos/two', 'photos/two.webp']) {
      expectError(await names.read(path), 403, 'transform_not_allowed');
    }
    const signed = `photos/two?w=40&token=${names.token('photos/two')}`;
    for (const path of ['photos/two', 'photos/two?fmt=original', 'card/photos/two', signed]) {
      expect((await names.read(path)).status, path).toBe(200);
    }
    await limit('any');
    expect((await names.read('photos/two?w=40')).status).toBe(200);
  });
});
