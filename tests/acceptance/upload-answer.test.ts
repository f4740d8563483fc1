import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { differs, isSimulated } from '../cloudflare/differences.js';
import { pictures } from '../files/pictures.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';
import { postUpload, type Uploaded, upload } from '../harness/upload.js';
import { BOUNDARY, filePart, form, postRaw, textPart } from './support/upload-form.js';

describe('the response to an upload', () => {
  let server: SharedServer;
  let jpeg: Buffer;

  beforeAll(async () => {
    [server, jpeg] = await Promise.all([sharedServer(), pictures.jpeg()]);
  });

  async function answerTo(body: Buffer): Promise<Uploaded> {
    const answer = await postRaw(server, await server.aura.signUpload(), body);
    expect(answer.status).toBe(201);
    return JSON.parse(answer.body) as Uploaded;
  }

  it.each(['public', 'private'] as const)(
    'tells everything about a %s image',
    async (visibility) => {
      const token = await server.aura.signUpload({ visibility });
      const response = await postUpload(server.url, token, jpeg);
      const body = (await response.json()) as Uploaded;
      expect(response.status).toBe(201);
      expect(body).toEqual({
        url: `${server.credentials.cdnUrl}/${server.credentials.projectName}/${body.key}`,
        displayUrl: body.url,
        key: expect.stringMatching(/^[a-z0-9]{10}-photo\.jpg$/),
        name: body.key,
        filename: 'photo.jpg',
        metadata: {},
        blurhash: expect.stringMatching(/^[\w#$%*+,.:;=?@[\]^{|}~-]{28}$/),
        width: 64,
        height: 48,
        format: 'jpeg',
        masterFormat: 'jpeg',
        size: jpeg.length,
        visibility,
        receipt: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]{86}$/),
      });
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'application/json',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'access-control-allow-origin': '*',
      });
    },
  );

  it('makes an image public if the token has no visibility', async () => {
    const response = await postUpload(server.url, await server.aura.signUpload(), jpeg);
    expect(await response.json()).toMatchObject({ visibility: 'public' });
  });

  it('gives every upload of the same file a new key', async () => {
    const all = await Promise.all([1, 2, 3, 4].map(() => upload(server, jpeg, 'public')));
    expect(new Set(all.map(({ key }) => key)).size).toBe(4);
  });

  it.each([
    ['jpeg', 'jpg', 'jpeg'],
    ['png', 'png', 'png'],
    ['gif', 'gif', 'gif'],
    ['webp', 'webp', 'webp'],
    ['avif', 'avif', 'avif'],
    ...(differs('formats') ? [] : ([['tiff', 'tiff', 'tiff']] as const)),
  ] as const)('names the format of a %s by its bytes', async (name, extension, format) => {
    const body = await upload(server, await pictures[name](), 'public', 'anything.doc');
    expect(body).toMatchObject({ format, masterFormat: format, width: 64, height: 48 });
    expect(body.key).toMatch(new RegExp(`^[a-z0-9]{10}-anything\\.${extension}$`));
  });

  const scan = new URL('../files/assets/cases/bad-interoperability.tiff', import.meta.url);
  const shownBeside: (readonly [string, () => Promise<Buffer>, string])[] = [];
  if (!isSimulated('decoding')) shownBeside.push(['heic', () => pictures.heic(), 'photo.heic']);
  if (!differs('formats')) shownBeside.push(['tiff', () => readFile(scan), 'scan.tif']);
  it.each(shownBeside)(
    'has an address that browsers show beside that of a %s',
    async (format, file, filename) => {
      const browser = { headers: { Accept: 'image/avif,image/webp,image/png,*/*;q=0.8' } };
      const plain = { headers: { Accept: '*/*' } };
      const bytes = await file();
      const open = await upload(server, bytes, 'public', filename);
      expect(open).toMatchObject({ format, displayUrl: `${open.url}?fmt=auto` });
      expect((await fetch(open.url, browser)).headers.get('content-type')).toBe(`image/${format}`);
      expect((await fetch(open.displayUrl, browser)).headers.get('content-type')).toBe(
        'image/avif',
      );
      expect((await fetch(open.displayUrl, plain)).headers.get('content-type')).toMatch(/jpeg|png/);

      const closed = await upload(server, bytes, 'private', filename);
      expect((await fetch(closed.displayUrl, browser)).status).toBe(403);
      const signed = await server.aura.getSignedUrl(closed.key, { format: 'auto' });
      const shown = await fetch(signed, browser);
      expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/avif']);
      // A name stands for the picture, and needs no other address.
      const token = await server.aura.signUpload({ name: `shown/${format}` });
      const named = (await (await postUpload(server.url, token, bytes)).json()) as Uploaded;
      expect(named.displayUrl).toBe(named.url);
    },
  );

  it.each(['public', 'private'] as const)(
    'gives a %s master back to the bit',
    async (visibility) => {
      for (const file of [jpeg, await pictures.jpegTurned(), await pictures.gifAnimated()]) {
        const { key } = await upload(server, file, visibility);
        const response = await fetch(await server.aura.getSignedUrl(key));
        expect(response.status).toBe(200);
        expect(Buffer.from(await response.arrayBuffer()).equals(file)).toBe(true);
      }
    },
  );

  it('has the size as shown, with EXIF orientation applied', async () => {
    const file = await pictures.jpegTurned();
    expect(await upload(server, file, 'public')).toMatchObject({ width: 48, height: 64 });
  });

  it('uses the filename part, before or after the file, instead of the file’s name', async () => {
    const file = filePart(jpeg, 'own.jpg');
    const name = textPart('filename', 'given.jpg');
    for (const body of [form(name, file), form(file, name)]) {
      expect((await answerTo(body)).key).toMatch(/^[a-z0-9]{10}-given\.jpg$/);
    }
    expect((await answerTo(form(file))).key).toMatch(/^[a-z0-9]{10}-own\.jpg$/);
    expect((await answerTo(form(textPart('filename', ''), file))).key).toMatch(/-own\.jpg$/);
  });

  it.each([
    ['My Holiday (1).JPEG', 'my-holiday-1'],
    ['Été à Paris.png', 'ete-a-paris'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\me\\cat.jpg', 'cat'],
    ['..', 'image'],
    ['.jpg', 'image'],
    ['%2e%2e%2fx.jpg', '2e-2e-2fx'],
    ['<script>.svg', 'script'],
    ['日本.jpg', 'riben'],
    ['a\0b.jpg', 'a-b'],
    ['---', 'image'],
    [`${'x'.repeat(300)}.jpg`, 'x'.repeat(64)],
  ])('makes a readable slug of %j', async (filename, slug) => {
    const { key, url } = await answerTo(form(textPart('filename', filename), filePart(jpeg)));
    expect(key.slice(11)).toBe(`${slug}.jpg`);
    expect((await fetch(url)).status).toBe(200);
  });

  it('answers the preflight of a page on any origin', async () => {
    const response = await fetch(`${server.url}/v1/upload`, {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://app.example',
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'x-aura-signature',
      },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(listOf(response, 'access-control-allow-methods')).toContain('post');
    expect(listOf(response, 'access-control-allow-headers')).toContain('x-aura-signature');
  });

  it('exposes the headers that pages need, of successes and errors', async () => {
    const headers = { Origin: 'https://app.example' };
    const accepted = await postUpload(
      server.url,
      await server.aura.signUpload(),
      jpeg,
      'a',
      headers,
    );
    const refused = await postUpload(server.url, 'no.token', jpeg, 'a', headers);
    expect([accepted.status, refused.status]).toEqual([201, 401]);
    for (const response of [accepted, refused]) {
      const exposed = listOf(response, 'access-control-expose-headers');
      expect(exposed).toEqual(
        expect.arrayContaining([
          ...['retry-after', 'server-timing'],
          ...['x-aura-error', 'x-aura-origin-state'],
        ]),
      );
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
    }
  });

  it.each(['GET', 'PUT', 'PATCH', 'DELETE'])('answers %s with 405', async (method) => {
    const response = await fetch(`${server.url}/v1/upload`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST, OPTIONS');
    expect(await response.json()).toEqual({ message: expect.any(String) });
  });

  it('accepts a quoted boundary', async () => {
    const token = await server.aura.signUpload();
    const type = `multipart/form-data; charset=utf-8; boundary="${BOUNDARY}"`;
    const answer = await postRaw(server, token, form(filePart(jpeg)), { 'Content-Type': type });
    expect(answer.status).toBe(201);
  });
});

function listOf(response: Response, name: string): string[] {
  return (response.headers.get(name) ?? '').toLowerCase().split(/,\s*/);
}
