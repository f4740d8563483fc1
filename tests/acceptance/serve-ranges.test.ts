import { beforeAll, describe, expect, it } from 'vitest';
import { type Gallery, sharedGallery } from './support/serve-gallery.js';
import { ask, type Reply } from './support/serve-request.js';

let gallery: Gallery;
let size: number;
let etag: string;

beforeAll(async () => {
  gallery = await sharedGallery();
  size = gallery.file.length;
  etag = String((await ask(gallery.open.url)).headers.etag);
});

type Address = (g: Gallery) => string;
const IMAGES: readonly (readonly [string, Address])[] = [
  ['public', (g) => g.open.url],
  ['private', (g) => g.signedUrl],
];

describe.each(IMAGES)('a %s image', (_name, address) => {
  const read = (headers: Record<string, string>): Promise<Reply> =>
    ask(address(gallery), { headers });

  /** In a range, `L` stands for the last byte's place and `S` for the size. */
  const parts: readonly (readonly [string, (n: number) => readonly [number, number]])[] = [
    ['bytes=0-0', () => [0, 0]],
    ['bytes=0-9', () => [0, 9]],
    ['bytes=10-19', () => [10, 19]],
    ['bytes=10-', (n) => [10, n - 1]],
    ['bytes=0-', (n) => [0, n - 1]],
    ['bytes=-1', (n) => [n - 1, n - 1]],
    ['bytes=-10', (n) => [n - 10, n - 1]],
    ['bytes=-99999999', (n) => [0, n - 1]],
    ['bytes=5-99999999', (n) => [5, n - 1]],
    ['bytes=L-L', (n) => [n - 1, n - 1]],
    ['bytes=L-', (n) => [n - 1, n - 1]],
    ['BYTES=3-4', () => [3, 4]],
  ];
  it.each(parts)('%s is answered with exactly these bytes', async (range, place) => {
    const [start, end] = place(size);
    const reply = await read({ Range: range.replaceAll('L', String(size - 1)) });
    expect(reply.status).toBe(206);
    expect(reply.body.equals(gallery.file.subarray(start, end + 1))).toBe(true);
    expect(reply.headers['content-range']).toBe(`bytes ${start}-${end}/${size}`);
    expect(reply.headers['content-length']).toBe(String(end - start + 1));
    expect(reply.headers['content-type']).toBe('image/jpeg');
    expect(reply.headers.etag).toBe(etag);
  });

  it.each(['bytes=S-', 'bytes=S-S', 'bytes=99999999-999999999', 'bytes=-0'])(
    '%s lies past the end: 416 that tells the size',
    async (range) => {
      const reply = await read({ Range: range.replaceAll('S', String(size)) });
      expect(reply.status).toBe(416);
      expect(reply.headers['content-range']).toBe(`bytes */${size}`);
      expect(reply.headers['x-aura-error']).toBe('range_not_satisfiable');
    },
  );

  it.each([
    'bytes=0-1,3-4',
    'bytes=0-1, 0-1, 0-1',
    'bytes=9-5',
    'bytes=-',
    'bytes=',
    'bytes',
    'bytes=a-b',
    'bytes=0x0-0x9',
    'bytes=--5',
    'bytes=-5-',
    'bytes=1.5-3',
    'items=0-5',
    'bytes=99999999999999999999999-',
    `bytes=${'0-1,'.repeat(1500)}0-1`,
  ])('%s is ignored: the whole image', async (range) => {
    const reply = await read({ Range: range });
    expect(reply.status).toBe(200);
    expect(reply.body.equals(gallery.file)).toBe(true);
    expect(reply.headers['content-range']).toBeUndefined();
  });

  it('If-Range applies for the same ETag only', async () => {
    const status = async (condition: string) =>
      (await read({ Range: 'bytes=0-9', 'If-Range': condition })).status;
    expect(await status(etag)).toBe(206);
    expect(await status('"other"')).toBe(200);
    expect(await status(`W/${etag}`)).toBe(200);
    expect(await status('Sat, 01 Jan 2050 00:00:00 GMT')).toBe(200);
  });

  it.each([
    [(tag: string) => tag, 304],
    [(tag: string) => `W/${tag}`, 304],
    [(tag: string) => `"a", ${tag}, "b"`, 304],
    [() => '*', 304],
    [(tag: string) => tag.slice(1, -1), 200],
    [(tag: string) => tag.slice(0, -2), 200],
    [() => '"a", "b"', 200],
    [() => '', 200],
  ])('If-None-Match %#', async (condition, status) => {
    const reply = await read({ 'If-None-Match': condition(etag) });
    expect(reply.status).toBe(status);
    expect(reply.body).toHaveLength(status === 304 ? 0 : size);
    expect(reply.headers['content-range']).toBeUndefined();
  });
});
