import { beforeAll, describe, expect, it } from 'vitest';
import { shortOrLong } from '../harness/long.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';
import { upload } from '../harness/upload.js';
import { type Answer, answerOf } from './answer.js';
import { distance } from './distance.js';
import { type Format, isClose, LIMITS } from './limits.js';
import { opaque, raw, turned, withPlace } from './masters.js';
import { MUTATIONS } from './mutations.js';
import { CLEAR, type Colour, type Picture, paint, pixel, recolour, WHITE } from './picture.js';
import { fitted } from './reference.js';
import { scene, veil, vivid } from './scene.js';
import { SOURCES } from './sources.js';

const STILL: readonly Format[] = ['avif', 'webp', 'jpeg', 'png'];
const ORANGE: Colour = [255, 136, 0, 255];
const BLUE: Colour = [0, 68, 255, 128];

const mirrored: Change = (shown) =>
  paint(shown.width, shown.height, (x, y) => pixel(shown, shown.width - 1 - x, y));
const clockwise: Change = (shown) =>
  paint(shown.height, shown.width, (x, y) => pixel(shown, y, shown.height - 1 - x));
const twice =
  (change: Change): Change =>
  (shown) =>
    change(change(shown));
const half = twice(clockwise);
const grey = MUTATIONS['without colour'];

/** A colour under a picture, which may be clear itself. */
const over =
  (under: Colour): Change =>
  (shown) =>
    recolour(shown, ([red, green, blue, alpha]) => {
      const rest = under[3] * (1 - alpha / 255);
      const all = alpha + rest;
      if (all === 0) return CLEAR;
      const mix = (value: number, at: 0 | 1 | 2) => (value * alpha + under[at] * rest) / all;
      return [mix(red, 0), mix(green, 1), mix(blue, 2), all];
    });

type Change = (shown: Picture) => Picture;

/** What a query makes of a picture of 120 × 80. */
const EFFECTS: Readonly<Record<string, Change>> = {
  'w=60&rotate=180': (shown) => fitted(half(shown), { w: 60, h: 40 }, 'cover', CLEAR),
  'w=48&h=60&rotate=90': (shown) => fitted(clockwise(shown), { w: 48, h: 60 }, 'cover', CLEAR),
  'h=60&flip=h&rotate=270': (shown) =>
    fitted(clockwise(half(mirrored(shown))), { w: 40, h: 60 }, 'cover', CLEAR),
  'w=60&flip=v': (shown) => fitted(half(mirrored(shown)), { w: 60, h: 40 }, 'cover', CLEAR),
  'w=60&gray=true': (shown) => fitted(grey(shown), { w: 60, h: 40 }, 'cover', CLEAR),
  'w=60&bg=f80': (shown) => over(ORANGE)(fitted(shown, { w: 60, h: 40 }, 'cover', CLEAR)),
  'w=60&h=60&fit=contain&bg=0044ff80&gray=true': (shown) =>
    over(BLUE)(fitted(grey(shown), { w: 60, h: 60 }, 'contain', CLEAR)),
  'w=48&h=48&gravity=right': (shown) => fitted(shown, { w: 48, h: 48 }, 'cover', CLEAR, 1),
  // 0.4 of 72 pixels, 24 to each side.
  'w=48&h=48&fp=0.4,1': (shown) => fitted(shown, { w: 48, h: 48 }, 'cover', CLEAR, 5 / 24),
  'w=32&h=32&dpr=1.5': (shown) => fitted(shown, { w: 48, h: 48 }, 'cover', CLEAR),
};

const CHANGED = SOURCES.filter(({ name }) =>
  ['JPEG of orientation 6', 'PNG of 16 bits with alpha', 'animated WebP with alpha'].includes(name),
);

let server: SharedServer;
beforeAll(async () => {
  server = await sharedServer();
});

function expectShown({ frames }: Answer, expected: readonly Picture[], format: Format): void {
  expect(frames).toHaveLength(expected.length);
  for (const [i, frame] of frames.entries()) {
    const whole = expected[i] ?? frame;
    const shown = format === 'jpeg' ? over(WHITE)(whole) : whole;
    const far = distance(frame, shown);
    expect(isClose(far, LIMITS[format]), `frame ${i}: ${JSON.stringify(far)}`).toBe(true);
  }
}

describe.each(CHANGED)('$name', (source) => {
  const turn = SOURCES.indexOf(source);
  const cells = Object.keys(EFFECTS).flatMap((query, at) => {
    if (source.delay !== undefined) return [{ query, wanted: 'webp' as const }];
    const all = STILL.map((wanted) => ({ query, wanted }));
    return shortOrLong([all[(at + turn) % all.length] ?? { query, wanted: 'png' as const }], all);
  });
  let url = '';
  beforeAll(async () => {
    ({ url } = await upload(server, await source.make(), 'public', source.name));
  });

  it.each(cells)('?$query as $wanted', async ({ query, wanted }) => {
    const isFilled = query.includes('bg=f80');
    const format = wanted === 'jpeg' && source.alpha && !isFilled ? 'png' : wanted;
    const answer = await answerOf(`${url}?${query}&fmt=${wanted}`);
    expect(answer.type).toBe(`image/${format}`);
    const change = EFFECTS[query] ?? ((shown) => shown);
    expectShown(answer, source.shows.map(change), format);
  });
});

describe('trim', () => {
  const framed = (inner: Picture, border: Colour) =>
    paint(150, 120, (x, y) => pixel(inner, x - 25, y - 10, border));
  const [plain, clear] = [scene(vivid), scene(veil)];
  const MASTERS: readonly [string, Picture, (shown: Picture) => Promise<Buffer>, Colour][] = [
    [
      'a turned JPEG on white',
      plain,
      (shown) =>
        withPlace(opaque(turned(shown, 6)), 6)
          .jpeg({ quality: 98 })
          .toBuffer(),
      WHITE,
    ],
    ['a PNG on nothing', clear, (shown) => raw(shown).png().toBuffer(), CLEAR],
  ];

  it.each(MASTERS)(
    'of %s leaves what is inside, for all that follows',
    async (name, inner, make, border) => {
      const { url } = await upload(server, await make(framed(inner, border)), 'public', name);
      const whole = fitted(inner, { w: 60, h: 40 }, 'cover', CLEAR);
      expectShown(await answerOf(`${url}?w=60&trim=30&fmt=webp`), [whole], 'webp');
      const cropped = fitted(clockwise(inner), { w: 40, h: 40 }, 'cover', CLEAR, 1);
      const query = 'trim=30&rotate=90&w=40&h=40&gravity=bottom&fmt=png';
      expectShown(await answerOf(`${url}?${query}`), [cropped], 'png');
    },
  );
});
