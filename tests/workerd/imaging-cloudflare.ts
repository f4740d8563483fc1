import { env } from 'cloudflare:workers';
import { createCloudflareEngine, type ImagesBinding } from '@auraimage/imaging-cloudflare';
import { bytesBody, type RenderJob } from '@auraimage/ports';
import {
  describeImageEngine,
  type SamplePicture,
  type SampleRefusal,
} from '@auraimage/ports/contracts';
import { expect, it } from 'vitest';

/** A sample whose file is in Base64: pictures are made in Node. */
type Encoded<T extends SamplePicture | SampleRefusal> = Omit<T, 'make'> & {
  readonly file: string;
};

interface EncodedSamples {
  readonly pictures: readonly Encoded<SamplePicture>[];
  readonly refusals: readonly Encoded<SampleRefusal>[];
}

const { pictures, refusals } = env['SAMPLES'] as EncodedSamples;
const decoded = <T extends { readonly file: string }>(sample: T) => ({
  ...sample,
  make: async () => Uint8Array.from(atob(sample.file), (letter) => letter.charCodeAt(0)),
});

it('the binding in workerd takes every option', async () => {
  const [photo, , , , , clear] = pictures.map(decoded);
  if (photo === undefined || clear === undefined) throw new Error('there is no picture');
  const engine = createCloudflareEngine({ images: env['IMAGES'] as ImagesBinding });
  const bytes = new Uint8Array(await photo.make());
  const job: RenderJob = {
    ...{ type: photo.type, trim: { left: 1, top: 2, width: 80, height: 50 } },
    ...{ scaled: { width: 40, height: 25 }, crop: { left: 5, top: 0, width: 20, height: 25 } },
    ...{ orientation: 7, gray: true, sharpen: 1, background: 'ff000080' },
    ...{ canvas: { width: 30, height: 30 }, format: 'png', quality: 80, effort: 'fast' },
    watermark: {
      ...{ body: bytesBody(new Uint8Array(await clear.make())), type: clear.type, pixels: 5400 },
      ...{ scale: 0.5, at: { x: 1, y: 1 }, opacity: 0.5, tile: true },
    },
  };
  const made = await engine.render(bytesBody(bytes), job, {});
  if (!made.ok) throw new Error(made.reason);
  const found = await engine.inspect(bytesBody(made.bytes), 'image/png');
  expect(found).toMatchObject({ ok: true, width: 30, height: 30 });
});

describeImageEngine(
  'the Images binding of Miniflare',
  async () => {
    const engine = createCloudflareEngine({
      images: env['IMAGES'] as ImagesBinding,
      maxPixels: 40_000,
      maxFrames: 10,
    });
    return { engine, close: async () => {} };
  },
  {
    pictures: pictures.map(decoded),
    refusals: refusals.map(decoded),
    isLong: false,
    isSearching: false,
    simulatedFormats: ['jpeg', 'webp', 'avif', 'png'],
  },
);
