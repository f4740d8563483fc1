import { createSharpEngine } from '@auraimage/imaging-sharp';
import { describeImageEngine } from '@auraimage/ports/contracts';
import type { MasterType } from '@auraimage/protocol';
import { shortOrLong } from '../harness/long.js';
import { FILES, type TestFile } from './index.js';
import { pictures } from './pictures.js';

const FRAMES: Record<string, number> = { gifAnimated: 3, webpAnimated: 3 };
/** What an animated GIF leaves out of a frame, because it has not changed, is clear in the file. */
const HAS_ALPHA = /Alpha|Premultiplied|^gifAnimated/;
/** Bombs whose headers can be read; at the others a decoder gives up by itself. */
const TOO_LARGE = /^(png|avif|heic|jxl|tiff|bmp)Pixels|^gifFrame|^bmp(Lowest|Runs)/;

function codeOf({ name, expected }: TestFile) {
  if (expected === 415) return 'image_kind_not_supported';
  return TOO_LARGE.test(name) ? 'image_too_large' : 'image_not_decodable';
}

/** To render it although it was refused by its header takes seconds. */
const SLOW = shortOrLong('jxlPixels', '');

const typeOf = ({ type }: TestFile) => type as MasterType;

describeImageEngine(
  'the engine on libvips',
  async () => {
    const engine = createSharpEngine({ concurrency: 2 });
    return { engine, close: () => engine.close() };
  },
  {
    pictures: FILES.filter(({ name }) => name in pictures).map((file) => {
      const { name, size = [64, 48], make } = file;
      const [width, height] = size;
      return {
        name,
        type: typeOf(file),
        width,
        height,
        frames: FRAMES[name] ?? 1,
        hasAlpha: HAS_ALPHA.test(name),
        make: async () => make(),
      };
    }),
    refusals: FILES.filter(({ expected, type }) => expected !== 201 && type).map((file) => ({
      name: file.name,
      type: typeOf(file),
      code: codeOf(file),
      isSlow: file.name === SLOW,
      make: async () => file.make(),
    })),
    isLong: shortOrLong(false, true),
  },
);
