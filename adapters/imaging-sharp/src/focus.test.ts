import { readFile } from 'node:fs/promises';
import type { Focus } from '@auraimage/ports';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { shortOrLong } from '../../../tests/harness/long.js';
import { findFocus } from './focus.js';

const asset = (name: string) =>
  readFile(new URL(`../../../tests/files/assets/${name}`, import.meta.url));
const png = (image: Sharp) => image.png().toBuffer();

interface Placed {
  readonly input: Buffer;
  readonly left: number;
  readonly top: number;
}

/** A grey ground with pictures on it. */
function ground(width: number, height: number, placed: readonly Placed[] = []): Sharp {
  const create = { width, height, channels: 3, background: '#808080' } as const;
  return sharp({ create }).composite([...placed]);
}

/** Whether the point is this one, give or take a tenth of each side. */
function expectNear(focus: Focus, x: number, y: number): void {
  expect(focus).not.toBeNull();
  expect(Math.abs((focus?.x ?? 0) - x)).toBeLessThan(0.1);
  expect(Math.abs((focus?.y ?? 0) - y)).toBeLessThan(0.1);
}

const square = png(
  sharp({ create: { width: 60, height: 60, channels: 3, background: '#ff2010' } }),
);

describe('auto', () => {
  it.each([
    [800, 400, 100, 300],
    [800, 400, 650, 60],
    [300, 900, 40, 700],
    [300, 900, 200, 80],
    [400, 400, 300, 40],
  ])('is found in a picture of %d × %d at %d, %d', async (width, height, left, top) => {
    const picture = await png(ground(width, height, [{ input: await square, left, top }]));
    const focus = await findFocus(picture, 'image/png', 'auto');
    expectNear(focus, (left + 30) / width, (top + 30) / height);
  });

  it('is a point of the picture as shown', async () => {
    const stored = ground(400, 200, [{ input: await square, left: 20, top: 20 }]);
    const picture = await stored.withMetadata({ orientation: 6 }).jpeg().toBuffer();
    expectNear(await findFocus(picture, 'image/jpeg', 'auto'), 150 / 200, 50 / 400);
  });

  it.each([
    ['one colour', () => png(ground(300, 200)), 'image/png'],
    ['one pixel', () => png(ground(1, 1)), 'image/png'],
    ['one colour as a JPEG', () => ground(300, 200).jpeg({ quality: 20 }).toBuffer(), 'image/jpeg'],
    ['nothing but clear pixels', () => png(ground(90, 90).ensureAlpha(0)), 'image/png'],
  ] as const)('is nothing in a picture of %s', async (_, make, type) => {
    expect(await findFocus(await make(), type, 'auto')).toBeNull();
  });

  it('is found in grey, in HEIC, in few pixels and in a thin row', async () => {
    const grey = png((await colours(64, 48)).toColourspace('b-w'));
    expect(await findFocus(await grey, 'image/png', 'auto')).not.toBeNull();
    expect(await findFocus(await asset('heic-plain.heic'), 'image/heic', 'auto')).not.toBeNull();
    for (const [width, height] of [
      [2, 1],
      [3000, 2],
      [2, 3000],
    ] as const) {
      const focus = await findFocus(await png(await colours(width, height)), 'image/png', 'auto');
      expect(focus, `${width} × ${height}`).not.toBeNull();
    }
  });
});

// Each search for a face takes half a second of processor time, whatever the picture.
describe('the most prominent face', () => {
  const portrait = () => asset('astronaut.jpg');
  const turned = async () =>
    sharp(await portrait())
      .rotate(-90)
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();

  const portraits: [string, () => Promise<Buffer>][] = [['a turned portrait', turned]];
  it.each([...portraits, ...shortOrLong<typeof portraits>([], [['a portrait', portrait]])])(
    'is a point of %s as shown',
    async (_, make) => {
      expectNear(await findFocus(await make(), 'image/jpeg', 'face'), 0.44, 0.25);
    },
  );

  const places: [number, number, number, number][] = [[500, 1500, 60, 1000]];
  it.each([...places, ...shortOrLong<typeof places>([], [[1600, 700, 1100, 200]])])(
    'is found in a part of a picture of %d × %d',
    async (width, height, left, top) => {
      const picture = ground(width, height, [{ input: await portrait(), left, top }]);
      const focus = await findFocus(await png(picture), 'image/png', 'face');
      expectNear(focus, (left + 0.44 * 384) / width, (top + 0.25 * 384) / height);
    },
  );

  it('is the larger one of two', async () => {
    const small = await sharp(await portrait())
      .resize(250)
      .toBuffer();
    const picture = ground(900, 400, [
      { input: small, left: 20, top: 20 },
      { input: await portrait(), left: 500, top: 10 },
    ]);
    const focus = await findFocus(await png(picture), 'image/png', 'face');
    expectNear(focus, (500 + 0.44 * 384) / 900, (10 + 0.25 * 384) / 400);
  });

  const faceless: [string, () => Sharp | Promise<Sharp>][] = [
    ['the portrait without its head', async () => body(await portrait())],
    // The contract suite searches one pixel, too, in every run.
    ...shortOrLong<[string, () => Sharp | Promise<Sharp>][]>(
      [],
      [
        ['one colour', () => ground(300, 200)],
        ['one pixel', () => ground(1, 1)],
        ['a drawing', () => colours(400, 300)],
        ['noise', () => noise(400, 300)],
      ],
    ),
  ];
  it.each(faceless)('is nothing in %s', async (_, make) => {
    expect(await findFocus(await png(await make()), 'image/png', 'face')).toBeNull();
  });
});

it.each(['auto', 'face'] as const)('rejects for a broken file (%s)', async (kind) => {
  const whole = await png(await colours(300, 200));
  await expect(findFocus(whole.subarray(0, 2000), 'image/png', kind)).rejects.toThrow();
  await expect(findFocus(Buffer.from('BM'.padEnd(90)), 'image/bmp', kind)).rejects.toThrow();
});

async function colours(width: number, height: number): Promise<Sharp> {
  const data = Buffer.alloc(width * height * 3);
  for (let i = 0; i < data.length; i++) data[i] = (i * (1 + (i % 3)) + (i >> 9) * 5) & 255;
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** The same in every run (xorshift32). */
function noise(width: number, height: number): Sharp {
  const data = Buffer.alloc(width * height * 3);
  let state = 2_463_534_242;
  for (let i = 0; i < data.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    data[i] = state & 255;
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

function body(portrait: Buffer): Sharp {
  return sharp(portrait).extract({ left: 0, top: 190, width: 384, height: 194 });
}
