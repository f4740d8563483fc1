import type { Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { firstFrame } from './answer.js';
import { deltaEOk, distance, oklab } from './distance.js';
import { type Format, isClose, LIMITS } from './limits.js';
import { raw } from './masters.js';
import { MUTATIONS, type Mutation } from './mutations.js';
import { CLEAR, flatten, type Picture, WHITE } from './picture.js';
import { type Fit, fitted } from './reference.js';
import { cutout, grey, muted, scene, veil, vivid } from './scene.js';
import { inks, printed } from './sources.js';

const BOX = { w: 48, h: 48 };
const ALL = Object.keys(MUTATIONS) as Mutation[];
const ALPHA = ALL.filter((mutation) => mutation.startsWith('alpha'));
const COLOUR: readonly Mutation[] = [
  'red for blue',
  'green for blue',
  'without colour',
  'numbers of Display P3 taken for sRGB',
];

const ENCODERS: Record<Format, (image: Sharp) => Sharp> = {
  png: (image) => image.png(),
  gif: (image) => image.gif(),
  avif: (image) => image.avif({ quality: 80, effort: 1, chromaSubsampling: '4:2:0' }),
  webp: (image) => image.webp({ quality: 80 }),
  jpeg: (image) => image.jpeg({ quality: 80 }),
};

/** Pictures of every format, and the mistakes that cannot be detected in them. */
const PICTURES: readonly {
  readonly name: string;
  readonly master: Picture;
  readonly fit: Fit;
  readonly unseen: readonly Mutation[];
}[] = [
  { name: 'colours', master: scene(vivid), fit: 'cover', unseen: ALPHA },
  { name: 'pale colours', master: scene(muted), fit: 'cover', unseen: [...ALPHA, ...COLOUR] },
  { name: 'greys', master: scene(grey), fit: 'cover', unseen: [...ALPHA, ...COLOUR] },
  {
    name: 'veils',
    master: scene(veil),
    fit: 'cover',
    unseen: ['numbers of Display P3 taken for sRGB'],
  },
  { name: 'holes', master: scene(cutout), fit: 'cover', unseen: ALPHA.slice(2) },
  {
    name: 'a picture on a clear ground',
    master: scene(vivid),
    fit: 'contain',
    unseen: ALPHA.slice(2),
  },
];

const cells = PICTURES.flatMap(({ name, master, fit, unseen }) => {
  const expected = fitted(master, BOX, fit, CLEAR);
  const isOpaque = unseen.includes('alpha lost to white');
  const formats: readonly Format[] = isOpaque
    ? ['jpeg', 'png', 'gif', 'avif', 'webp']
    : ['png', 'avif', 'webp'];
  const mistakes = ALL.filter((mutation) => !unseen.includes(mutation));
  return formats.map((format) => ({ name, format, expected, mistakes }));
});

describe.each(cells)('$name as $format', ({ format, expected, mistakes }) => {
  const judge = async (picture: Picture) => {
    const answer = await firstFrame(await ENCODERS[format](raw(picture)).toBuffer());
    return distance(answer, expected);
  };

  it('are close when right', async () => {
    const found = await judge(expected);
    expect(isClose(found, LIMITS[format]), JSON.stringify(found)).toBe(true);
  });

  it.each(mistakes)('are not close when %s', async (mistake) => {
    const found = await judge(MUTATIONS[mistake](expected));
    expect(isClose(found, LIMITS[format]), JSON.stringify(found)).toBe(false);
  });
});

it('takes one frame for another', () => {
  const [first, second] = [0, 1].map((frame) => scene(vivid, { frame }));
  expect(first && second && distance(first, second).mean).toBeGreaterThan(0.1);
});

it('is infinite between pictures of other sizes', () => {
  const one = scene(vivid, { width: 48, height: 48 });
  const other = scene(vivid, { width: 48, height: 47 });
  expect(distance(one, other).mean).toBe(Infinity);
});

it('is zero between a picture and itself', () => {
  const picture = flatten(scene(veil), WHITE);
  expect(distance(picture, picture)).toEqual({ mean: 0, worst: 0 });
});

it('has the values that the authors of Oklab print', () => {
  // CSS Color 4 §9.3: lime is oklab(0.86644 -0.233888 0.179498), rebeccapurple oklab(0.44027 0.08818 -0.13386).
  const lime = oklab([0, 255, 0]);
  const purple = oklab([0x66, 0x33, 0x99]);
  expect(lime.map((value) => value.toFixed(4))).toEqual(['0.8664', '-0.2339', '0.1795']);
  expect(purple.map((value) => value.toFixed(4))).toEqual(['0.4403', '0.0882', '-0.1339']);
  expect(deltaEOk([255, 255, 255], [0, 0, 0])).toBeCloseTo(1, 4);
});

it('is small between the drawing and what a printer makes of it', () => {
  expect(distance(printed, inks).mean).toBeLessThan(0.025);
});
