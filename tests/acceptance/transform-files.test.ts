import { beforeAll, describe, expect, it } from 'vitest';
import { differs, isSimulated } from '../cloudflare/differences.js';
import { harmless } from '../files/harmless.js';
import { FILES } from '../files/index.js';
import { shortOrLong } from '../harness/long.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';
import { ask } from './support/serve-request.js';
import { accepting, addShot, lookAt, VISIBILITIES, verdictOf } from './support/transform-studio.js';

const WIDTH = 64;
/** Requested formats, and the resulting format of an opaque still picture. */
const WISHES = [
  ['fmt=avif', '', 'image/avif'],
  ['fmt=webp', '', 'image/webp'],
  ['fmt=jpeg', '', 'image/jpeg'],
  ['fmt=png', '', 'image/png'],
  ['', 'image/webp,*/*', 'image/webp'],
  ['', '*/*', 'image/jpeg'],
] as const;
/** Names of files with alpha or an animation. */
const VEILED = /Alpha|Premultiplied/;
const MOVING = /Animated/;

let server: SharedServer;

beforeAll(async () => {
  server = await sharedServer();
});

const pictures = FILES.filter(({ name, expected }) => expected === 201 && isTaken(name));

/** Of the simulation of Cloudflare Images: what it shows of animations is not what a deployed server shows. */
function isTaken(name: string): boolean {
  if (differs('formats') && /^(?:tiff|bmp|jxl)/.test(name)) return false;
  if (differs('damaged') && name in harmless) return false;
  // Its AVIF of a turned picture is turned twice.
  return !(isSimulated('decoding') && /^heic|Animated|Turned/.test(name));
}

/**
 * A normal run has one picture of each kind, alternately public and private, and all with foreign bytes in them. The
 * engine's suite renders all.
 */
const kinds = pictures.map(({ name, type }) => {
  return name in harmless ? name : [type, VEILED.test(name), MOVING.test(name)].join();
});
const onePerKind = pictures.filter((_, at) => kinds.indexOf(kinds[at] ?? '') === at);
const picturesFor = (visibility: string) =>
  shortOrLong(
    onePerKind.filter((_, at) => VISIBILITIES[at % 2] === visibility),
    pictures,
  );

describe.each(VISIBILITIES)('?w=64 of %s images', (visibility) => {
  it.each(picturesFor(visibility))('$name', async (file) => {
    const { name, make, filename, size = [0, 0], type: master = '' } = file;
    const bytes = await make();
    const { of } = await addShot(server, bytes, visibility, filename);
    const width = Math.min(WIDTH, size[0]);
    const height = Math.max(1, Math.round((size[1] * width) / size[0]));
    for (const [query, accept, type] of WISHES) {
      const why = `${query} ${accept}`;
      const reply = await ask(of(`w=${WIDTH}&${query}`), accepting(accept));
      expect(verdictOf(reply), why).toBe('200');
      expect(reply.headers['x-aura-fallback'], why).toBeUndefined();
      const look = await lookAt(reply);
      expect(look, why).toMatchObject({ width, height });
      expect(reply.headers['content-type'], why).toBe(look.type);
      // A variant in the size of its master is never larger: then it is the master.
      const isMaster = query === '' && reply.body.length <= bytes.length && width === size[0];
      const allowed = [...typesFor(name, query, type), ...(isMaster ? [master] : [])];
      expect(allowed, why).toContain(look.type);
      if (VEILED.test(name)) expect(look.alpha, why).toBe(true);
      if (MOVING.test(name) && query !== 'fmt=webp' && query !== '') expect(look.frames).toBe(1);
    }
    const stripped = await ask(of(`w=${WIDTH}&fmt=webp`));
    for (const metadata of ['<script', 'EXIF', 'XMP ']) {
      expect(stripped.body.includes(metadata), metadata).toBe(false);
    }
  });
});

/** Formats that would lose something: alpha in JPEG, animation in all except WebP and GIF. */
function typesFor(name: string, query: string, opaque: string): readonly string[] {
  if (MOVING.test(name) && query === '' && opaque === 'image/jpeg') return ['image/gif'];
  if (VEILED.test(name) && opaque === 'image/jpeg') return ['image/png'];
  // In an animated GIF, unchanged pixels of a frame are stored as transparent.
  if (name.startsWith('gifAnimated') && opaque === 'image/jpeg') return ['image/jpeg', 'image/png'];
  return [opaque];
}
