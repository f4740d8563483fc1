import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { shortOrLong } from '../harness/long.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';
import { upload } from '../harness/upload.js';
import { ask, firstFrame } from './answer.js';
import { distance } from './distance.js';
import { type Format, isClose, LIMITS } from './limits.js';
import { animated, opaque, turned, withPlace } from './masters.js';
import { CLEAR, type Colour, type Picture, paint, pixel, WHITE } from './picture.js';
import { placeOf } from './place.js';
import { type Box, type Fit, fitted } from './reference.js';
import { muted, scene, vivid } from './scene.js';

/** A picture with one salient object, requested in a box that is little larger. */
interface Case {
  readonly name: string;
  readonly fit: Fit;
  readonly shown: Picture;
  readonly make: (shown: Picture) => Promise<Buffer>;
  readonly box: Box;
  /** Allowed positions of the window, 0 to 1 from left or top; 0.5 would be the middle. */
  readonly from: number;
  readonly to: number;
}

const FORMATS: readonly Format[] = ['avif', 'webp', 'jpeg', 'png'];
const jpeg = (shown: Picture) => opaque(shown).jpeg({ quality: 95 }).toBuffer();

const GROUND: Colour = [150, 156, 160, 255];
const RED: Colour = [220, 40, 30, 255];

/** A red disc of 40 pixels on grey. */
const disc = (width: number, height: number, centreX: number, centreY: number) =>
  paint(width, height, (x, y) => (Math.hypot(x - centreX, y - centreY) < 20 ? RED : GROUND));

/** A part of a photograph from the face detector's package, with one face of 200 pixels in its middle. */
const photo = fileURLToPath(
  new URL('../../node_modules/@vladmandic/face-api/demo/sample6.jpg', import.meta.url),
);
const FACE = { left: 1136, top: 194, width: 340, height: 340 };
const face = await firstFrame(await sharp(photo).extract(FACE).resize(240, 240).png().toBuffer());

/** The face on a background of tiles. */
const portrait = (width: number, height: number, left: number, top: number) => {
  const ground = scene(muted, { width, height, tileWidth: 60, tileHeight: 60 });
  return paint(width, height, (x, y) => pixel(face, x - left, y - top, pixel(ground, x, y)));
};

const DISC = { fit: 'auto', make: jpeg, box: { w: 40, h: 40 } } as const;
const FACED = { fit: 'face', make: jpeg, box: { w: 60, h: 60 } } as const;
const [START, END] = [
  { from: 0.05, to: 0.25 },
  { from: 0.75, to: 0.95 },
];

const CASES: readonly Case[] = [
  { ...DISC, ...END, name: 'a disc on the right', shown: disc(240, 80, 180, 40) },
  { ...DISC, ...START, name: 'a disc on the left', shown: disc(240, 80, 60, 40) },
  { ...DISC, ...END, name: 'a disc at the foot', shown: disc(80, 240, 40, 180) },
  // The animation has a face on the right.
  ...shortOrLong<Case[]>(
    [],
    [{ ...FACED, ...END, name: 'a face on the right', shown: portrait(960, 320, 560, 40) }],
  ),
  { ...FACED, ...START, name: 'a face on the left', shown: portrait(960, 320, 160, 40) },
  {
    ...FACED,
    ...END,
    name: 'a face at the foot of a turned JPEG',
    shown: portrait(320, 960, 40, 560),
    make: (shown) =>
      withPlace(opaque(turned(shown, 6)), 6)
        .jpeg({ quality: 95 })
        .toBuffer(),
  },
  {
    ...FACED,
    ...END,
    name: 'a face in an animation',
    shown: portrait(960, 320, 560, 40),
    make: (shown) =>
      animated([shown, shown])
        .webp({ quality: 95, delay: [100, 100] })
        .toBuffer(),
  },
];

let server: SharedServer;
beforeAll(async () => {
  server = await sharedServer();
});

/** Two formats of each case in a normal run: PNG, which is lossless, and one of the others in rotation. */
const formatsOf = (name: string) => {
  const at = CASES.findIndex((each) => each.name === name);
  return FORMATS.filter((format, i) => shortOrLong(format === 'png' || i === at % 3, true));
};

describe.each(CASES)('$name', ({ name, fit, shown, make, box, from, to }) => {
  let url = '';
  beforeAll(async () => {
    ({ url } = await upload(server, await make(shown), 'public', name));
  });

  it.each(formatsOf(name))(
    'is in the middle of the %s, as far as there is room',
    async (format) => {
      const { smartCrop, frames } = await ask(url, box, fit, format);
      expect(smartCrop).toBe('ok');
      const [got] = frames;
      if (got === undefined) throw new Error('no frame');
      const ground = format === 'jpeg' ? WHITE : CLEAR;
      const { at, far } = placeOf(got, shown, ground);
      expect(isClose(far, LIMITS[format]), JSON.stringify(far)).toBe(true);
      expect(at).toBeGreaterThanOrEqual(from);
      expect(at).toBeLessThanOrEqual(to);
    },
  );
});

describe.each([
  ['PNG', (shown: Picture) => opaque(shown).png().toBuffer()],
  [
    'turned JPEG',
    (shown: Picture) =>
      withPlace(opaque(turned(shown, 6)), 6)
        .jpeg({ quality: 95 })
        .toBuffer(),
  ],
] as const)('the focal point of a %s', (name, make) => {
  const shown = scene(vivid, { width: 120, height: 240, tileWidth: 10, tileHeight: 10 });

  it('is in the middle of a crop, as far as there is room', async () => {
    const { url, key } = await upload(server, await make(shown), 'public', name);
    // Scaled to 60 × 120, the window of 60 has room for 60 pixels.
    for (const [y, at] of [
      [0.5, 0.5],
      [0.6, 0.7],
      [0.95, 1],
      [0, 0],
    ] as const) {
      await server.aura.setFocus(key, { x: 0.1, y });
      for (const fit of ['cover', 'auto'] as const) {
        const { frames, smartCrop } = await ask(url, { w: 60, h: 60 }, fit, 'png');
        expect(smartCrop).toBeNull();
        const expected = fitted(shown, { w: 60, h: 60 }, fit, CLEAR, at);
        const far = distance(frames[0] ?? expected, expected);
        expect(isClose(far, LIMITS.png), JSON.stringify({ y, fit, far })).toBe(true);
      }
    }
  });
});
