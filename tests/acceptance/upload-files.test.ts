import { beforeAll, describe, expect, it } from 'vitest';
import { differs, isSimulated } from '../cloudflare/differences.js';
import { harmless } from '../files/harmless.js';
import { FILES, onePerOutcome } from '../files/index.js';
import { pictures } from '../files/pictures.js';
import { unsupported } from '../files/unsupported.js';
import { shortOrLong } from '../harness/long.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';
import { postUpload, type Uploaded } from '../harness/upload.js';
import { form, part, postRaw } from './support/upload-form.js';
import { type Traces, tracesOf } from './support/upload-store.js';

/** Codes of the refusals. */
const REFUSALS: Readonly<Record<number, RegExp>> = {
  415: /^(type_not_allowed|image_kind_not_supported)$/,
  422: /^image_(not_decodable|too_large)$/,
};

describe('uploads of all kinds of files', () => {
  let server: SharedServer;
  let token: string;
  let before: Traces;

  beforeAll(async () => {
    server = await sharedServer();
    token = await server.aura.signUpload();
  });

  async function expectTraces(images: number): Promise<void> {
    const { files, rows } = before;
    expect(await tracesOf(server)).toEqual({ files: files + images, rows: rows + images });
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  }

  const isKnown = (name: string) =>
    !(differs('formats') && /^(?:tiff|bmp|jxl)/.test(name)) &&
    !(differs('damaged') && name in harmless) &&
    !(isSimulated('decoding') && name.startsWith('heic'));
  const known = FILES.filter(({ name }) => isKnown(name));
  const files = shortOrLong(onePerOutcome(known), known);
  it.each(files)('$name → $expected', async ({ make, filename, expected, type, size }) => {
    before = await tracesOf(server);
    const file = await make();
    const response = await postUpload(server.url, token, file, filename);
    const body: unknown = await response.json();
    expect([response.status, body]).toEqual([expected, expect.any(Object)]);
    if (expected === 201) {
      const [width, height] = size ?? [];
      expect(body).toMatchObject({ width, height, size: file.length });
      expect(body).toMatchObject({ format: type?.slice('image/'.length) });
    } else {
      expect(body).toEqual({ message: expect.any(String) });
      expect(response.headers.get('x-aura-error')).toMatch(REFUSALS[expected] ?? /^$/);
    }
    await expectTraces(expected === 201 ? 1 : 0);
  });

  it.each(['svg', 'svgProlog', 'svgSpaces', 'svgByteOrderMark', 'svgUtf16', 'html'] as const)(
    'refuses %s whatever its name and declared type say',
    async (name) => {
      before = await tracesOf(server);
      for (const [filename, type] of [
        ['photo.jpg', 'image/jpeg'],
        ['photo.svg', 'image/svg+xml'],
        ['photo.png', 'image/*'],
      ]) {
        const answer = await postRaw(server, token, declared(unsupported[name], filename, type));
        expect(answer.status).toBe(415);
        expect(answer.headers.get('x-aura-error')).toBe('type_not_allowed');
      }
      await expectTraces(0);
    },
  );

  it.each([
    ['photo.html', 'text/html'],
    ['photo.svg', 'image/svg+xml'],
    ['photo.exe', 'application/octet-stream'],
    ['photo', 'not a type'],
    ['photo.png', 'image/png'],
  ])('takes a JPEG named %s and declared %s for what it is', async (filename, type) => {
    const answer = await postRaw(server, token, declared(await pictures.jpeg(), filename, type));
    expect(answer.status).toBe(201);
    const { url, key, format } = JSON.parse(answer.body) as Uploaded;
    expect(format).toBe('jpeg');
    expect(key).toMatch(/^[a-z0-9]{10}-photo\.jpg$/);
    const { headers } = await fetch(url);
    expect(headers.get('content-type')).toBe('image/jpeg');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
  });

  it('takes exactly the types that the token allows', async () => {
    before = await tracesOf(server);
    const only = await server.aura.signUpload({ allowedTypes: ['image/png', 'image/webp'] });
    const names = ['jpeg', 'gif', 'avif', 'tiff', 'png', 'webp'] as const;
    const statuses: number[] = [];
    for (const name of names) {
      // An allowed name and declared type must make no difference.
      const body = declared(await pictures[name](), 'photo.png', 'image/png');
      statuses.push((await postRaw(server, only, body)).status);
    }
    expect(statuses).toEqual([415, 415, 415, 415, 201, 201]);
    await expectTraces(2);
  });

  it('never takes a type that it does not support, though the token names it', async () => {
    before = await tracesOf(server);
    const generous = await server.aura.signUpload({
      allowedTypes: ['image/svg+xml', 'image/x-icon', 'image/*'],
    });
    for (const name of ['svg', 'ico'] as const) {
      const response = await postUpload(server.url, generous, unsupported[name]);
      expect(response.status).toBe(415);
      const { message } = await response.json();
      expect(message).toContain(`${name.toUpperCase()} is not accepted`);
    }
    await expectTraces(0);
  });
});

function declared(content: Uint8Array, filename = '', type = ''): Buffer {
  const disposition = `Content-Disposition: form-data; name="file"; filename="${filename}"`;
  return form(part([disposition, `Content-Type: ${type}`], content));
}
