import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { AuraImage, type UploadFromUrlOptions } from './index.js';
import { verifyUploadToken } from './server.js';
import { nameFrom } from './upload-from-url.js';

const SECRET_KEY = 'sk_live_never-to-be-shown';
const PIXELS = Buffer.from('the bytes of a picture');
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }
});

async function start(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A CDN that accepts every upload, and what it received. */
async function startCdn() {
  const received: { claims: unknown; file: File }[] = [];
  const cdnUrl = await start(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const headers = { 'Content-Type': request.headers['content-type'] ?? '' };
    const form = await new Response(Buffer.concat(chunks), { headers }).formData();
    const token = String(request.headers['x-aura-signature']);
    const claims = await verifyUploadToken(token, SECRET_KEY);
    received.push({ claims, file: form.get('file') as File });
    response.writeHead(201, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ key: claims?.name ?? 'generated', url: 'https://x.example' }));
  });
  const aura = new AuraImage({ secretKey: SECRET_KEY, projectName: 'my-app', cdnUrl });
  return { aura, received };
}

const picture: RequestListener = (_, response) =>
  response.writeHead(200, { 'Content-Type': 'image/png' }).end(PIXELS);

describe('uploadFromUrl', () => {
  it('uploads what it downloaded, under the name that the URL has', async () => {
    const { aura, received } = await startCdn();
    const source = await start(picture);
    const { key } = await aura.uploadFromUrl(`${source}/a/%C3%89t%C3%A9%20%26%20so.PNG?token=x`);
    expect(key).toBe('Ete-so');
    expect(received[0]?.claims).toMatchObject({
      projectName: 'my-app',
      name: 'Ete-so',
      maxSize: 31_457_280,
    });
    expect(received[0]?.claims).not.toHaveProperty('visibility');
    expect(received[0]?.claims).not.toHaveProperty('overwrite');
    expect(received[0]?.file.name).toBe('Été & so.PNG');
    expect(await received[0]?.file.text()).toBe(String(PIXELS));
  });

  it('passes the options on', async () => {
    const { aura, received } = await startCdn();
    const source = new URL(await start(picture));
    const options = { name: 'blog/hero.jpg', maxSize: '1kb', timeout: 5000 };
    await aura.uploadFromUrl(source, { ...options, visibility: 'private', overwrite: true });
    expect(received[0]?.claims).toMatchObject({
      name: 'blog/hero',
      maxSize: 1024,
      visibility: 'private',
      overwrite: true,
    });
  });

  it('leaves the key to the server if the URL has no name', async () => {
    const { aura, received } = await startCdn();
    const source = await start(picture);
    await aura.uploadFromUrl(`${source}/a/.png`);
    expect(received[0]?.claims).not.toHaveProperty('name');
    await expect(aura.uploadFromUrl(source, { overwrite: true })).rejects.toThrow(
      'overwrite must be beside a name',
    );
  });

  it.each<[string, RequestListener, UploadFromUrlOptions, string]>([
    [
      'a page',
      (_, to) => to.writeHead(200, { 'Content-Type': 'text/html' }).end(),
      {},
      'text/html',
    ],
    ['no type', (_, to) => to.writeHead(200).end('x'), {}, 'no type'],
    ['an error', (_, to) => to.writeHead(404).end(), {}, 'answered 404'],
    [
      'a declared length',
      (_, to) =>
        to.writeHead(200, { 'Content-Type': 'image/png', 'Content-Length': '1025' }).write('x'),
      { maxSize: '1kb' },
      'more than maxSize, 1024 bytes',
    ],
    [
      'more than it may have',
      (_, to) => {
        to.writeHead(200, { 'Content-Type': 'image/png' });
        to.write('x'.repeat(2000)); // and never ends
      },
      { maxSize: '1kb' },
      'more than maxSize, 1024 bytes',
    ],
    ['nothing in time', () => undefined, { timeout: 100 }, 'took too long'],
    [
      'half of it in time',
      (_, to) => void to.writeHead(200, { 'Content-Type': 'image/png' }).write('x'),
      { timeout: 300 },
      'took too long',
    ],
    ['a broken connection', (_, to) => void to.destroy(), {}, 'did not answer'],
  ])('refuses %s, and uploads nothing', async (_, answer, options, words) => {
    const { aura, received } = await startCdn();
    const source = await start(answer);
    const failed = await aura.uploadFromUrl(`${source}/a.png?secret`, options).catch((e) => e);
    expect(failed).toMatchObject({ name: 'AuraImageError', code: 'download_failed' });
    expect(failed.message).toContain(`${source} `);
    expect(failed.message).toContain(words);
    expect(failed.message).not.toContain('secret');
    expect(received).toEqual([]);
  });

  it.each<[string, string, object, string]>([
    ['option_invalid', 'ftp://x.example/a.png', {}, 'http or https'],
    ['option_invalid', 'file:///etc/passwd', {}, 'http or https'],
    ['option_invalid', 'data:image/png;base64,AA', {}, 'http or https'],
    ['option_invalid', '/a.png', {}, 'http or https'],
    ['option_invalid', 'https://user:pass@x.example/a.png', {}, 'without user'],
    ['option_unknown', 'http://127.0.0.1:1/a.png', { overwite: true }, '"overwrite"'],
    ['option_invalid', 'http://127.0.0.1:1/a.png', { timeout: 0 }, 'timeout must be'],
    ['option_invalid', 'http://127.0.0.1:1/a.png', { timeout: 600_001 }, 'timeout must be'],
    ['option_invalid', 'http://127.0.0.1:1/a.png', { maxSize: 'big' }, 'maxSize'],
    ['option_invalid', 'http://127.0.0.1:1/a.png', { name: 'a b' }, 'name must'],
    ['option_invalid', 'http://127.0.0.1:1/a.png', { visibility: 'x' }, 'visibility must be'],
  ])('throws %s for %s with %j before any request', async (code, url, options, words) => {
    const { aura } = await startCdn();
    const failed = await aura.uploadFromUrl(url, options).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code, message: expect.stringContaining(words) });
  });
});

describe('nameFrom', () => {
  it.each([
    ['photo.jpg', 'photo'],
    ['photo.jxl', 'photo'],
    ['photo.jpg.png', 'photo'],
    ['Été à Paris.JPG', 'Ete-a-Paris'],
    ['a=1,b.webp', 'a-1-b'],
    ['__x__.png', 'x'],
    ['archive.tar.gz', 'archive.tar.gz'],
    ['灯泡.png', undefined],
    ['...', undefined],
    ['', undefined],
    ['x'.repeat(300), 'x'.repeat(100)],
  ])('%s is %s', (file, name) => expect(nameFrom(file)).toBe(name));
});
