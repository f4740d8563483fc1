import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { SignedFolder } from '@auraimage/sdk';
import { transform } from 'esbuild';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isSimulated } from '../cloudflare/differences.js';
import { drawing, pictures } from '../files/pictures.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';
import { postUpload, type Uploaded } from '../harness/upload.js';
import { TOKEN_INVALID, TOKEN_MISSING } from './support/serve-gallery.js';
import { type Ask, ask, expectError } from './support/serve-request.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const GUIDE = join(ROOT, 'docs/guides/albums.md');
const CACHE = join(ROOT, `node_modules/.cache/albums-${process.pid}`);

let server: SharedServer;

beforeAll(async () => {
  server = await sharedServer();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(CACHE, { recursive: true, force: true });
});

/** Uploads a private image under a name. */
async function uploadNamed(name: string, file: Uint8Array): Promise<Uploaded> {
  const token = await server.aura.signUpload({ name, visibility: 'private' });
  const response = await postUpload(server.url, token, file);
  expect(response.status).toBe(201);
  return (await response.json()) as Uploaded;
}

const cookieOf = (folders: readonly SignedFolder[]) => ({
  Cookie: ['theme=dark', ...folders.map((one) => server.aura.cookie(one).split(';')[0])].join('; '),
});

describe('a token with a ceiling', () => {
  const kinds = ['jpegTurned', 'pngAlpha', 'pngColumn', 'gifAnimated'] as const;
  it.each(isSimulated('gif') ? kinds.slice(0, 3) : kinds)(
    'opens no picture of %s that is larger, and not the original',
    async (kind) => {
      const name = `ceiling/${kind}`;
      const { url } = await uploadNamed(name, await pictures[kind]());
      const original = await server.aura.getSignedUrl(name, { format: 'original' });
      const etag = String((await ask(original)).headers.etag);
      for (const maxEdge of [30, 8192]) {
        const signed = await server.aura.getSignedUrl(name, { maxEdge });
        const box = '&w=60&h=50&fmt=jpeg&fit=';
        for (const query of [
          '',
          '&w=4000&fmt=webp',
          '&h=45&fmt=png',
          `${box}cover`,
          `${box}contain`,
        ]) {
          const known = { 'if-none-match': etag };
          const { status, body, headers } = await ask(signed + query, { headers: known });
          expect(status, query).toBe(200);
          const { width = 0, height = 0, pageHeight = height } = await sharp(body).metadata();
          expect(Math.max(width, pageHeight), query).toBeLessThanOrEqual(Math.min(maxEdge, 400));
          expect(headers.etag, query).not.toBe(etag);
          expect(headers['x-aura-fallback']).toBeUndefined();
        }
        for (const query of ['&fmt=original', '&metadata=none', '&fmt=original&download=x']) {
          const asked: readonly Ask[] = [
            { method: 'HEAD' },
            { headers: { range: 'bytes=0-9' } },
            { headers: { 'if-none-match': etag } },
          ];
          for (const how of asked) {
            const { status, headers, body } = await ask(signed + query, how);
            expect([status, headers['cache-control']]).toEqual([403, 'no-store']);
            expect(body.toString()).toBe(how.method === 'HEAD' ? '' : TOKEN_INVALID);
          }
        }
      }
      expect((await ask(url)).status).toBe(403);
    },
  );

  it('shares variants with tokens that have none, in parts, too', async () => {
    await uploadNamed('ceiling/shared', await drawing(90, 60).png().toBuffer());
    const limited = await server.aura.getSignedUrl('ceiling/shared', {
      maxEdge: 30,
      width: 80,
      format: 'png',
    });
    const plain = await server.aura.getSignedUrl('ceiling/shared', { width: 30, format: 'png' });
    const [one, other] = [await ask(limited), await ask(plain)];
    expect(one.headers.etag).toBe(other.headers.etag);
    const part = await ask(limited, { headers: { range: 'bytes=0-9' } });
    expect([part.status, part.body]).toEqual([206, other.body.subarray(0, 10)]);
    // The encoding again of a variant that is asked for twice may change its ETag, once.
    await expect
      .poll(async () => {
        const { headers } = await ask(plain);
        const known = { 'if-none-match': String(headers.etag) };
        return (await ask(limited, { headers: known })).status;
      })
      .toBe(304);
  });
});

describe('a folder token', () => {
  it('opens what is below the folder, whenever it came, while it is there', async () => {
    const file = await pictures.jpeg();
    const album = await server.aura.signFolder('users/42/', { expiresIn: 600 });
    const opens = async (key: string) =>
      (await ask(`${server.url}/${server.credentials.projectName}/${key}?token=${album.token}`))
        .status;
    expect(await opens('users/42/june')).toBe(404);
    for (const key of ['users/42/june', 'users/42/2026/july', 'users/421/a', 'users/42']) {
      await uploadNamed(key, file);
    }
    expect((await ask(album.url('users/42/june', { width: 20 }))).status).toBe(200);
    for (const path of ['users/42/2026/july', 'w=20/users/42/june.webp']) {
      expect(await opens(path), path).toBe(200);
    }
    for (const key of ['users/421/a', 'users/42']) expect(await opens(key), key).toBe(403);

    await server.aura.rename('users/42/june', 'archive/june');
    expect([await opens('users/42/june'), await opens('archive/june')]).toEqual([404, 403]);
    await server.aura.revokeLinks('users/42/2026/july');
    expect(await opens('users/42/2026/july')).toBe(403);
    const later = await server.aura.signFolder('users/42/');
    expect((await ask(later.url('users/42/2026/july'))).status).toBe(200);
  });
});

describe('tokens in cookies', () => {
  it('open an image without a token in its URL, the first that does', async () => {
    const { url } = await uploadNamed('albums/1/a', await drawing(90, 60).jpeg().toBuffer());
    const other = await server.aura.signFolder('albums/2/');
    const small = await server.aura.signFolder('albums/1/', { maxEdge: 20 });
    const whole = await server.aura.signFolder('albums/1/');

    const found = await ask(`${url}?w=80&fmt=png`, { headers: cookieOf([other, small, whole]) });
    expect([found.status, (await sharp(found.body).metadata()).width]).toEqual([200, 20]);
    expect(found.headers).toMatchObject({
      vary: 'Cookie',
      'cache-control': 'private, max-age=300',
    });
    const negotiated = await ask(url, { headers: { ...cookieOf([whole]), accept: 'image/webp' } });
    expect([negotiated.status, negotiated.headers.vary]).toEqual([200, 'Accept, Cookie']);

    for (const [headers, body] of [
      [{}, TOKEN_MISSING],
      [cookieOf([other]), TOKEN_INVALID],
      [{ ...cookieOf([whole]), 'sec-fetch-site': 'cross-site' }, TOKEN_MISSING],
    ] as const) {
      const refused = await ask(url, { headers });
      expect([refused.status, refused.body.toString()]).toEqual([403, body]);
      expect(refused.headers).toMatchObject({ vary: 'Cookie', 'cache-control': 'no-store' });
    }
    const inQuery = await ask(`${url}?token=${other.token}`, { headers: cookieOf([whole]) });
    expect([inQuery.status, inQuery.headers.vary]).toEqual([403, undefined]);
  });

  it('cannot be used by scripts of another origin', async () => {
    const { url } = await uploadNamed('albums/3/a', await pictures.jpeg());
    const album = await server.aura.signFolder('albums/3/');
    const headers = { ...cookieOf([album]), origin: 'https://app.example' };
    for (const method of ['GET', 'OPTIONS']) {
      const { headers: sent } = await ask(url, { method, headers });
      expect(sent['access-control-allow-origin'], method).toBe('*');
      expect(sent['access-control-allow-credentials'], method).toBeUndefined();
    }
  });

  it('are what the guide sets, for a page of an album', async () => {
    await uploadNamed('users/ann/one', await drawing(90, 60).jpeg().toBuffer());
    await uploadNamed('users/ann/2026/two', await pictures.png());
    const { url } = await uploadNamed('users/bob/one', await pictures.png());
    const { secretKey, serveSecret, projectName, cdnUrl } = server.credentials;
    vi.stubEnv('AURA_SECRET_KEY', secretKey);
    vi.stubEnv('AURA_SERVE_SECRET', serveSecret);
    vi.stubEnv('NEXT_PUBLIC_AURA_PROJECT_NAME', projectName);
    vi.stubEnv('NEXT_PUBLIC_AURA_CDN_URL', cdnUrl);
    const code =
      /^```ts\n(\/\/ album\.ts\n.*?)^```$/ms.exec(await readFile(GUIDE, 'utf8'))?.[1] ?? '';
    await mkdir(CACHE, { recursive: true });
    const file = join(CACHE, 'album.mjs');
    await writeFile(file, (await transform(code, { loader: 'ts', format: 'esm' })).code);
    const { albumPage } = (await import(pathToFileURL(file).href)) as {
      albumPage: (userId: string) => Promise<Response>;
    };

    const page = await albumPage('ann');
    const [line = ''] = page.headers.getSetCookie();
    expect(line).toMatch(/; Path=\/[^;]*\/users\/ann\/; HttpOnly; SameSite=Strict$/);
    const headers = { Cookie: line.split(';')[0] };
    const images = [...(await page.text()).matchAll(/src="([^"]*)"/g)].map(([, src = '']) => src);
    expect(images).toHaveLength(2);
    for (const src of images) {
      expect(src).not.toContain('token');
      expect((await ask(src, { headers })).status).toBe(200);
      expectError(await ask(src), 403, 'signed_token_required');
    }
    expectError(await ask(url, { headers }), 403, 'serve_token_invalid');
  });
});
