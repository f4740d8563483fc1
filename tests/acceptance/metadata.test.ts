import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { differs, isSimulated } from '../cloudflare/differences.js';
import { asset, drawing } from '../files/pictures.js';
import { type OwnedServer, sharedServer } from '../harness/shared-server.js';
import { upload } from '../harness/upload.js';
import { ask, expectError } from './support/serve-request.js';

const SECRET = 'Latitude 52.52';

let server: OwnedServer;
let photo: Buffer;
let tiff: Buffer;

beforeAll(async () => {
  server = await sharedServer();
  photo = await drawing(90, 60)
    .withExif({ IFD0: { Copyright: SECRET }, IFD3: { GPSAreaInformation: SECRET } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  tiff = await drawing(90, 60).tiff().toBuffer();
});

const signed = async (key: string, query = '') =>
  `${await server.aura.getSignedUrl(key)}${query && `&${query}`}`;
const pixels = (file: Buffer) => sharp(file).raw().toBuffer();

describe('?metadata=none', () => {
  it('gives the same pixels without metadata, in the same orientation', async () => {
    const { key } = await upload(server, photo, 'private', 'photo.jpg');
    const { status, headers, body } = await ask(
      await server.aura.getSignedUrl(key, { metadata: 'none' }),
    );
    expect([status, headers['content-type']]).toEqual([200, 'image/jpeg']);
    expect(headers['cache-control']).toBe('private, max-age=300');
    expect(photo.includes(SECRET)).toBe(true);
    expect(body.includes(SECRET)).toBe(false);
    expect(await pixels(body)).toEqual(await pixels(photo));
    expect((await sharp(body).metadata()).orientation).toBe(6);
    expect(headers['content-length']).toBe(String(body.length));
    const etag = headers.etag ?? '';
    const again = await signed(key, 'metadata=none');
    expect((await ask(again, { headers: { 'If-None-Match': etag } })).status).toBe(304);
    const head = await ask(again, { method: 'HEAD' });
    expect([head.headers.etag, head.headers['content-length']]).toEqual([
      ...[etag, String(body.length)],
    ]);
    const part = await ask(again, { headers: { Range: 'bytes=10-19', 'If-Range': etag } });
    expect([part.status, part.body]).toEqual([206, body.subarray(10, 20)]);
    expect((await ask(await signed(key))).body).toEqual(photo);
  });

  it('is refused without a token like every other form', async () => {
    const { url } = await upload(server, photo, 'private', 'photo.jpg');
    expect((await ask(`${url}?metadata=none`)).status).toBe(403);
    expect((await ask(`${url}?metadata=none&token=x`)).status).toBe(403);
  });
});

it('a project can give readers no masters with metadata, and owners all', async () => {
  const photos = [
    await upload(server, photo, 'private', 'photo.jpg'),
    await upload(server, photo, 'public', 'photo.jpg'),
  ];
  const scan = differs('formats') ? null : await upload(server, tiff, 'private', 'scan.tiff');
  const { owner, credentials } = server;
  const set = (masterMetadata: string) =>
    owner.json('PATCH', `/v1/projects/${credentials.projectName}`, { masterMetadata });
  for (const { key } of photos) expect((await ask(await signed(key))).body).toEqual(photo);

  await set('remove');
  for (const { key } of photos) {
    for (const query of ['', 'fmt=original', 'download', 'v=2']) {
      const { status, body } = await ask(await signed(key, query));
      expect([status, body.includes(SECRET)], query).toEqual([200, false]);
    }
    const range = { headers: { Range: 'bytes=0-' } };
    expect((await ask(await signed(key), range)).body.includes(SECRET)).toBe(false);
    const unchanged = await owner.send('GET', `/v1/masters/${credentials.projectName}/${key}`);
    expect(Buffer.from(await unchanged.arrayBuffer())).toEqual(photo);
  }
  if (scan !== null) {
    expectError(await ask(await signed(scan.key)), 422, 'metadata_not_removable');
    expect((await ask(await signed(scan.key, 'fmt=png'))).status).toBe(200);
  }

  await set('keep');
  for (const { key } of photos) expect((await ask(await signed(key))).body).toEqual(photo);
});

// With one quality, the simulation makes smaller files than the master.
if (!isSimulated('quality'))
  it('no variant in the size of the master has more bytes than the master', async () => {
    const ui = await asset('cases/ui.png');
    const { key } = await upload(server, ui, 'private', 'ui.png');
    for (const accept of ['image/avif,image/webp,image/*', 'image/webp,*/*', '*/*', 'image/png']) {
      for (const query of ['fmt=auto', 'w=800', 'w=9000&q=90']) {
        const { headers, body } = await ask(await signed(key, query), {
          headers: { Accept: accept },
        });
        expect(body.length, `${query} ${accept}`).toBeLessThanOrEqual(ui.length);
        expect(headers).toMatchObject({ 'content-type': 'image/png', vary: 'Accept' });
        expect((await pixels(body)).equals(await pixels(ui))).toBe(true);
      }
    }
    const small = await ask(await signed(key, 'w=400'), { headers: { Accept: '*/*' } });
    expect(small.headers['content-type']).toBe('image/png');
  });
