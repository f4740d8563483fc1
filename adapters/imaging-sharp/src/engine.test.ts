import { describeImageEngine, type EngineSamples } from '@auraimage/ports/contracts';
import { drawing } from '../../../tests/files/pictures.js';
import { createSharpEngine } from './engine.js';

const jpeg = (width: number, height: number) => drawing(width, height).jpeg().toBuffer();
const header = (text: string) => async () => Buffer.from(text.padEnd(200, ' '), 'latin1');

/** What depends on the limits, and what tests/files has no file of: its engine.test.ts runs the suite with every kind. */
const SAMPLES: EngineSamples = {
  isLong: false,
  isSearching: false,
  pictures: [
    {
      name: 'a JPEG',
      type: 'image/jpeg',
      width: 90,
      height: 60,
      frames: 1,
      hasAlpha: false,
      make: () => jpeg(90, 60),
    },
    {
      name: 'a JPEG mirrored by its EXIF orientation',
      type: 'image/jpeg',
      width: 90,
      height: 60,
      frames: 1,
      hasAlpha: false,
      make: () => drawing(90, 60).withMetadata({ orientation: 2 }).jpeg().toBuffer(),
    },
    {
      name: 'a clear PNG',
      type: 'image/png',
      width: 90,
      height: 60,
      frames: 1,
      hasAlpha: true,
      make: () => drawing(90, 60).ensureAlpha(0).png().toBuffer(),
    },
    {
      name: 'a TIFF of several pages, of which the first is shown and counts',
      type: 'image/tiff',
      width: 150,
      height: 100,
      frames: 1,
      hasAlpha: false,
      make: () => drawing(150, 100, 5).tiff({ compression: 'deflate' }).toBuffer(),
    },
    {
      name: 'an animation with more pixels than a picture may have',
      type: 'image/gif',
      width: 150,
      height: 100,
      frames: 5,
      hasAlpha: true,
      make: () => drawing(150, 100, 5).gif().toBuffer(),
    },
    {
      name: 'as many pixels as allowed',
      type: 'image/jpeg',
      width: 250,
      height: 160,
      frames: 1,
      hasAlpha: false,
      make: () => jpeg(250, 160),
    },
  ],
  refusals: [
    {
      name: 'one row of pixels too many',
      type: 'image/jpeg',
      code: 'image_too_large',
      make: () => jpeg(250, 161),
    },
    {
      name: 'too many pixels in all frames together',
      type: 'image/gif',
      code: 'image_too_large',
      make: () => drawing(150, 110, 10).gif().toBuffer(),
    },
    {
      name: 'one frame too many',
      type: 'image/gif',
      code: 'image_too_large',
      make: () => drawing(8, 8, 11).gif().toBuffer(),
    },
    {
      name: 'an empty file',
      type: 'image/jpeg',
      code: 'image_not_decodable',
      make: async () => Buffer.alloc(0),
    },
    {
      name: 'an SVG, whatever is announced',
      type: 'image/png',
      code: 'image_not_decodable',
      make: header('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    },
  ],
};

describeImageEngine(
  'sharp',
  async () => {
    const engine = createSharpEngine({ maxPixels: 40_000, maxFrames: 10, timeoutSeconds: 20 });
    return { engine, close: () => engine.close() };
  },
  SAMPLES,
);
