import { beforeAll, describe, expect, it } from 'vitest';
import { shortOrLong } from '../harness/long.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';
import { upload } from '../harness/upload.js';
import { type Answer, ask } from './answer.js';
import { distance } from './distance.js';
import { type Format, isClose, LIMITS } from './limits.js';
import { CANARY } from './masters.js';
import { CLEAR, type Picture, WHITE } from './picture.js';
import { placeOf } from './place.js';
import { type Fit, fitted } from './reference.js';
import { LOOP, SOURCES, type Source } from './sources.js';

const FITS: readonly Fit[] = ['cover', 'contain', 'face', 'auto'];
const FORMATS: readonly Format[] = ['avif', 'webp', 'jpeg', 'png'];

/** Position of the crop if nothing was found: no drawing has a face. */
const MIDDLE = { at: 0.5, smartCrop: null };

/** What a normal run looks for faces in, and as what: a photo, a picture with alpha, an animation. */
const FACES: ReadonlyMap<string, Format> = new Map([
  ['JPEG', 'jpeg'],
  ['PNG with alpha', 'png'],
  ['animated GIF', 'webp'],
]);

/**
 * Of a normal run, which has every source in each format once. The fits take turns, but to look for faces costs
 * more than all the rest and finds none here: only {@link FACES} have it.
 */
function fitOf({ name }: Source, wanted: Format, turn: number): Fit {
  if (FACES.get(name) === wanted) return 'face';
  const fit = FITS[turn % FITS.length] ?? 'cover';
  return fit === 'face' ? 'contain' : fit;
}

let server: SharedServer;

beforeAll(async () => {
  server = await sharedServer();
});

it('looks for faces in sources that there are', () => {
  const names = SOURCES.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining([...FACES.keys()]));
});

describe.each(SOURCES)('$name', (source) => {
  const formats = source.delay === undefined ? FORMATS : [...FORMATS, 'gif' as const];
  const turn = SOURCES.indexOf(source);
  const cells = shortOrLong(
    formats.map((wanted, column) => ({ fit: fitOf(source, wanted, column + turn), wanted })),
    FITS.flatMap((fit) => formats.map((wanted) => ({ fit, wanted }))),
  );
  let url = '';
  let auto: ReturnType<typeof findPlace> | undefined;

  beforeAll(async () => {
    ({ url } = await upload(server, await source.make(), 'public', source.name));
  });

  it.each(cells)('as $wanted with fit=$fit', async ({ fit, wanted }) => {
    const answer = await ask(url, source.box, fit, wanted);
    const format = wanted === 'jpeg' && source.alpha ? 'png' : wanted;
    expectFile(answer, source, format);

    auto ??= findPlace(url, source);
    const { at, smartCrop } = fit === 'auto' ? await auto : MIDDLE;
    expect(answer.smartCrop).toBe(smartCrop);
    const shown = answer.frames.length > 1 ? source.shows : source.shows.slice(0, 1);
    const ground = format === 'jpeg' ? WHITE : CLEAR;
    for (const [i, master] of shown.entries()) {
      const expected = fitted(master, source.box, fit, ground, at);
      expectClose(answer.frames[i], expected, format);
    }
  });
});

/** Checks everything except the pixels. */
function expectFile({ type, metadata, frames, bytes }: Answer, source: Source, format: Format) {
  const { alpha = false, delay, shows } = source;
  expect(type).toBe(`image/${format}`);
  expect(metadata.format).toBe(format === 'avif' ? 'heif' : format);
  const moves = delay !== undefined && (format === 'webp' || format === 'gif');
  expect(frames.length).toBe(moves ? shows.length : 1);
  expect(metadata.delay).toEqual(moves ? delay : undefined);
  expect(metadata.loop).toBe(moves ? LOOP : undefined);
  if (alpha) expect(metadata.hasAlpha).toBe(true);
  const { space, depth, icc, exif, xmp, iptc, orientation = 1, comments } = metadata;
  expect({ space, depth, orientation }).toEqual({ space: 'srgb', depth: 'uchar', orientation: 1 });
  expect([icc, exif, xmp, iptc, comments]).toEqual(Array(5).fill(undefined));
  expect(bytes.includes(CANARY)).toBe(false);
}

function expectClose(picture: Picture | undefined, expected: Picture, format: Format): void {
  if (picture === undefined) throw new Error('a frame is missing');
  const limit = LIMITS[format];
  expect([picture.width, picture.height]).toEqual([expected.width, expected.height]);
  const found = distance(picture, expected);
  expect(isClose(found, limit), `${JSON.stringify(found)} of ${JSON.stringify(limit)}`).toBe(true);
}

/** The product may choose where `auto` crops, but all formats must make the same choice. */
async function findPlace(url: string, { shows, box }: Source) {
  const { smartCrop, frames } = await ask(url, box, 'auto', 'png');
  const [[got], [master]] = [frames, shows];
  if (smartCrop === null || got === undefined || master === undefined) return MIDDLE;
  return { at: placeOf(got, master, CLEAR).at, smartCrop };
}
