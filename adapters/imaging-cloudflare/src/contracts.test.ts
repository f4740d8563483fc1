import type { SamplePicture, SampleRefusal } from '@auraimage/ports/contracts';
import type { Sharp } from 'sharp';
import { drawing } from '../../../tests/files/pictures.js';
import { declareInWorkerd } from '../../../tests/harness/workerd/suite.js';

const picture = async (
  name: string,
  type: SamplePicture['type'],
  make: Sharp,
  facts: Partial<SamplePicture> = {},
) => ({
  ...{ name, type, width: 90, height: 60, frames: 1, hasAlpha: false, ...facts },
  file: (await make.toBuffer()).toString('base64'),
});

const refusal = (
  name: string,
  type: SampleRefusal['type'],
  code: SampleRefusal['code'],
  file: Buffer | string,
) => ({
  ...{ name, type, code },
  file: (typeof file === 'string' ? Buffer.from(file.padEnd(200), 'latin1') : file).toString(
    'base64',
  ),
});

const turned = { width: 60, height: 90 };
const onePixel = { width: 1, height: 1 };
/** As the entry reads them: it has no sharp to make pictures with. */
const SAMPLES = {
  pictures: await Promise.all([
    picture('a JPEG', 'image/jpeg', drawing(90, 60).jpeg()),
    picture(
      'a turned JPEG',
      'image/jpeg',
      drawing(90, 60).withMetadata({ orientation: 6 }).jpeg(),
      turned,
    ),
    picture('a progressive JPEG', 'image/jpeg', drawing(90, 60).jpeg({ progressive: true })),
    picture('a PNG', 'image/png', drawing(90, 60).png()),
    picture('a PNG with a palette', 'image/png', drawing(90, 60).png({ palette: true })),
    picture('a clear PNG', 'image/png', drawing(90, 60).ensureAlpha(0).png(), { hasAlpha: true }),
    picture(
      'a grey PNG with 16 bits',
      'image/png',
      drawing(90, 60).greyscale().toColourspace('grey16').png(),
    ),
    picture('a PNG of one pixel', 'image/png', drawing(1, 1).png(), onePixel),
    picture('a GIF', 'image/gif', drawing(90, 60).gif()),
    picture('an animated GIF', 'image/gif', drawing(90, 60, 4).gif(), {
      frames: 4,
      hasAlpha: true,
    }),
    picture('a WebP', 'image/webp', drawing(90, 60).webp()),
    picture('a clear WebP', 'image/webp', drawing(90, 60).ensureAlpha(0.5).webp(), {
      hasAlpha: true,
    }),
    picture('a lossless WebP', 'image/webp', drawing(90, 60).webp({ lossless: true })),
    picture('an animated WebP', 'image/webp', drawing(90, 60, 4).webp(), { frames: 4 }),
    picture('an AVIF', 'image/avif', drawing(90, 60).avif({ effort: 0 })),
    picture('a clear AVIF', 'image/avif', drawing(90, 60).ensureAlpha(0.5).avif({ effort: 0 }), {
      hasAlpha: true,
    }),
  ]),
  refusals: [
    refusal(
      'one row of pixels too many',
      'image/jpeg',
      'image_too_large',
      await drawing(250, 161).jpeg().toBuffer(),
    ),
    refusal(
      'one frame too many',
      'image/gif',
      'image_too_large',
      await drawing(8, 8, 11).gif().toBuffer(),
    ),
    refusal(
      'a TIFF',
      'image/tiff',
      'image_kind_not_supported',
      await drawing(90, 60).tiff().toBuffer(),
    ),
    refusal('an empty file', 'image/jpeg', 'image_not_decodable', Buffer.alloc(0)),
    refusal('a head of JPEG', 'image/jpeg', 'image_not_decodable', '\xff\xd8\xff<script>'),
    refusal('a head of PNG', 'image/png', 'image_not_decodable', '\x89PNG\r\n\x1a\n<html></html>'),
    refusal('a head of GIF', 'image/gif', 'image_not_decodable', 'GIF89a=1;alert(1)//'),
    refusal('a head of WebP', 'image/webp', 'image_not_decodable', 'RIFF\x20\0\0\0WEBPVP8 '),
    refusal(
      'a head of AVIF',
      'image/avif',
      'image_not_decodable',
      '\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf',
    ),
  ],
};

await declareInWorkerd({
  entry: new URL('../../../tests/workerd/imaging-cloudflare.ts', import.meta.url),
  bindings: { images: { binding: 'IMAGES' }, bindings: { SAMPLES } },
});
