import { describeImageEngine, type EngineSamples } from '@auraimage/ports/contracts';
import { drawing } from '../../../tests/files/pictures.js';
import { createSharpEngine } from './engine.js';

const jpeg = (width: number, height: number) => drawing(width, height).jpeg().toBuffer();
const header = (text: string) => async () => Buffer.from(text.padEnd(200, ' '), 'latin1');

const SAMPLES: EngineSamples = {
  isLong: false, // tests/files/engine.test.ts is, in `npm run test:long`
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
      name: 'a JPEG turned by its EXIF orientation',
      type: 'image/jpeg',
      width: 60,
      height: 90,
      frames: 1,
      hasAlpha: false,
      make: () => drawing(90, 60).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
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
      name: 'a PNG',
      type: 'image/png',
      width: 90,
      height: 60,
      frames: 1,
      hasAlpha: false,
      make: () => drawing(90, 60).png().toBuffer(),
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
      name: 'a PNG of one pixel',
      type: 'image/png',
      width: 1,
      height: 1,
      frames: 1,
      hasAlpha: false,
      make: () => drawing(1, 1).png().toBuffer(),
    },
    {
      name: 'a GIF',
      type: 'image/gif',
      width: 90,
      height: 60,
      frames: 1,
      hasAlpha: false,
      make: () => drawing(90, 60).gif().toBuffer(),
    },
    {
      name: 'an animated GIF',
      type: 'image/gif',
      width: 90,
      height: 60,
      frames: 4,
      hasAlpha: true,
      make: () => drawing(90, 60, 4).gif().toBuffer(),
    },
    {
      name: 'an animated WebP',
      type: 'image/webp',
      width: 90,
      height: 60,
      frames: 4,
      hasAlpha: false,
      make: () => drawing(90, 60, 4).webp().toBuffer(),
    },
    {
      name: 'a WebP',
      type: 'image/webp',
      width: 90,
      height: 60,
      frames: 1,
      hasAlpha: false,
      make: () => drawing(90, 60).webp().toBuffer(),
    },
    {
      name: 'an AVIF',
      type: 'image/avif',
      width: 90,
      height: 60,
      frames: 1,
      hasAlpha: false,
      make: () => drawing(90, 60).avif({ effort: 0 }).toBuffer(),
    },
    {
      name: 'a TIFF',
      type: 'image/tiff',
      width: 90,
      height: 60,
      frames: 1,
      hasAlpha: false,
      make: () => drawing(90, 60).tiff({ compression: 'none' }).toBuffer(),
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
      name: 'the head of a JPEG before a script',
      type: 'image/jpeg',
      code: 'image_not_decodable',
      make: header('\xff\xd8\xff<script>alert(1)</script>'),
    },
    {
      name: 'the head of a PNG before a page',
      type: 'image/png',
      code: 'image_not_decodable',
      make: header('\x89PNG\r\n\x1a\n<html></html>'),
    },
    {
      name: 'the head of a GIF before a script',
      type: 'image/gif',
      code: 'image_not_decodable',
      make: header('GIF89a=1;alert(1)//'),
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
