import { beforeAll, describe, expect, it } from 'vitest';
import { isSimulated } from '../cloudflare/differences.js';
import { drawing, pictures } from '../files/pictures.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';
import { ask, type Reply } from './support/serve-request.js';
import {
  accepting,
  addShot,
  cacheOf,
  lookAt,
  type Shot,
  VISIBILITIES,
  verdictOf,
} from './support/transform-studio.js';

const CHROME = 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8';
const FIREFOX = 'image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5';
const SAFARI_13 = 'image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5';

/** Formats of an opaque, a transparent and an animated picture, by `Accept`. */
const MATRIX: readonly (readonly [string | null, string, string, string])[] = [
  [CHROME, 'avif', 'avif', 'webp'],
  [FIREFOX, 'avif', 'avif', 'webp'],
  [SAFARI_13, 'jpeg', 'png', 'gif'],
  ['image/webp,*/*', 'webp', 'webp', 'webp'],
  ['image/webp,image/avif', 'avif', 'avif', 'webp'],
  ['image/avif;q=0.5,image/webp', 'webp', 'webp', 'webp'],
  ['image/avif;q=0.9,image/webp;q=0.9', 'avif', 'avif', 'webp'],
  ['image/avif;q=0,image/webp;q=0,*/*', 'jpeg', 'png', 'gif'],
  ['image/webp;q=0.5,image/jpeg,image/png,image/gif', 'jpeg', 'png', 'gif'],
  ['image/jpeg;q=0.001,image/png;q=0.001,image/gif;q=0.001', 'jpeg', 'png', 'gif'],
  ['image/*;q=0.9,image/webp;q=0.1', 'jpeg', 'png', 'gif'],
  ['IMAGE/WEBP;Q=1', 'webp', 'webp', 'webp'],
  [' image/webp ; q=0.8 , */* ; q=0.1', 'webp', 'webp', 'webp'],
  ['image/jpeg', 'jpeg', 'png', 'gif'],
  ['image/png', 'jpeg', 'png', 'gif'],
  ['*/*', 'jpeg', 'png', 'gif'],
  ['image/*', 'jpeg', 'png', 'gif'],
  ['text/html', 'jpeg', 'png', 'gif'],
  ['image/webpx,ximage/avif', 'jpeg', 'png', 'gif'],
  [';;;,,,q=1', 'jpeg', 'png', 'gif'],
  ['', 'jpeg', 'png', 'gif'],
  [null, 'jpeg', 'png', 'gif'],
];

/** The same for requested formats. */
const NAMED: readonly (readonly [string, string, string, string])[] = [
  ['avif', 'avif', 'avif', 'avif'],
  ['webp', 'webp', 'webp', 'webp'],
  ['jpeg', 'jpeg', 'png', 'jpeg or png'],
  ['png', 'png', 'png', 'png'],
];

let server: SharedServer;

beforeAll(async () => {
  server = await sharedServer();
});

describe.each(VISIBILITIES)('%s images', (visibility) => {
  let opaque: Shot;
  let veiled: Shot;
  let moving: Shot;
  /** Those whose variants the server of the tests makes as a deployed one does. */
  let shots: readonly Shot[];

  beforeAll(async () => {
    opaque = await addShot(server, await drawing(64, 48).png().toBuffer(), visibility);
    veiled = await addShot(server, await pictures.pngAlpha(), visibility);
    moving = await addShot(server, await pictures.gifAnimated(), visibility);
    shots = isSimulated('animations') ? [opaque, veiled] : [opaque, veiled, moving];
  });

  it.each(MATRIX)('Accept: %s', async (accept, still, alpha, animated) => {
    const options = accept === null ? {} : accepting(accept);
    const types = [still, alpha, animated].slice(0, shots.length);
    const expected = types.map((format) => `image/${format}`);
    const replies: Reply[] = [];
    for (const shot of shots) replies.push(await ask(shot.of('w=32'), options));
    expect(replies.map(({ headers }) => headers['content-type'])).toEqual(expected);
    for (const { headers } of replies) expect(headers.vary).toBe('Accept');
    const looks = await Promise.all(replies.map(lookAt));
    expect(looks.map(({ type }) => type)).toEqual(expected);
    for (const look of looks) expect(look).toMatchObject({ width: 32, height: 24 });
    expect(looks[1]?.alpha).toBe(true);
    expect(looks.slice(2).map(({ frames }) => frames)).toEqual(shots.slice(2).map(() => 3));
  });

  it.each(NAMED)('fmt=%s, whatever Accept says', async (fmt, still, alpha, animated) => {
    for (const accept of [CHROME, 'image/gif', '']) {
      const all = shots.map((shot) => ask(shot.of(`w=31&fmt=${fmt}`), accepting(accept)));
      const replies = await Promise.all(all);
      for (const reply of replies) {
        expect(verdictOf(reply)).toBe('200');
        expect(reply.headers.vary).toBeUndefined();
      }
      const looks = await Promise.all(replies.map(lookAt));
      const types = looks.map(({ type }) => type.slice('image/'.length));
      expect(types.slice(0, 2)).toEqual([still, alpha]);
      for (const type of types.slice(2)) expect(animated.split(' or ')).toContain(type);
      expect(looks[1]?.alpha).toBe(true);
      for (const { frames } of looks.slice(2)) expect(frames).toBe(fmt === 'webp' ? 3 : 1);
    }
  });

  it('a format is one variant, however it was negotiated', async () => {
    const named = await ask(opaque.of('w=30&fmt=webp'));
    for (const accept of ['image/webp', 'image/webp,*/*;q=0.1', 'image/avif;q=0.1,image/webp']) {
      const reply = await ask(opaque.of('w=30'), accepting(accept));
      expect(reply.headers.etag, accept).toBe(named.headers.etag);
      expect(cacheOf(reply), accept).toBe(visibility === 'public' ? 'HIT' : 'BYPASS');
    }
  });

  it('Accept does not affect masters', async () => {
    const reply = await ask(veiled.of(''), accepting('image/jpeg'));
    expect(reply.headers['content-type']).toBe('image/png');
    expect(reply.headers.vary).toBeUndefined();
  });
});
