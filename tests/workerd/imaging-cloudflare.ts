import { env } from 'cloudflare:workers';
import { createCloudflareEngine, type ImagesBinding } from '@auraimage/imaging-cloudflare';
import {
  describeImageEngine,
  type SamplePicture,
  type SampleRefusal,
} from '@auraimage/ports/contracts';

/** A sample whose file is in Base64: pictures are made in Node. */
export type Encoded<T extends SamplePicture | SampleRefusal> = Omit<T, 'make'> & {
  readonly file: string;
};

export interface EncodedSamples {
  readonly pictures: readonly Encoded<SamplePicture>[];
  readonly refusals: readonly Encoded<SampleRefusal>[];
}

const { pictures, refusals } = env['SAMPLES'] as EncodedSamples;
const decoded = <T extends { readonly file: string }>(sample: T) => ({
  ...sample,
  make: async () => Uint8Array.from(atob(sample.file), (letter) => letter.charCodeAt(0)),
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
    standInFormats: ['jpeg', 'webp', 'avif', 'png'],
  },
);
