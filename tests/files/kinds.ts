import { asset } from './pictures.js';
import { type TiffKind, tiff } from './tiff.js';

const kinds = {
  tiffHalf16: { bits: 16, format: 3 },
  tiffFloat: { bits: 32, format: 3 },
  tiffFloatGrey: { bits: 32, format: 3, samples: 1, photometric: 1 },
  tiffDouble: { bits: 64, format: 3 },
  tiffSigned16: { bits: 16, format: 2 },
  tiff32Bits: { bits: 32 },
  tiff24Bits: { bits: 24 },
  tiff14Bits: { bits: 14, samples: 1, photometric: 1 },
  tiff10Bits: { bits: 10 },
  tiff6Bits: { bits: 6, samples: 1, photometric: 1 },
  tiff4BitsOfRgb: { bits: 4 },
  tiffLabAlpha: { bits: 16, samples: 4, photometric: 8, alpha: true },
  tiffLab8: { photometric: 8 },
  tiffOldJpeg: { compression: 6, photometric: 6 },
  tiffLzma: { compression: 34_925 },
  tiffZstd: { compression: 50_000 },
  tiffYcbcr: { photometric: 6 },
  tiffSensor: { bits: 16, samples: 1, photometric: 32_803 },
  tiffFiveSamples: { samples: 5 },
} satisfies Record<string, TiffKind>;

/** Intact files of kinds that no decoder here supports: libvips shows some black, and calls others broken. */
export const unsupportedKinds = {
  tiffSigned8: () => asset('cases/int8_rgb.tif'),
  tiff12Bits: () => asset('cases/flower-minisblack-12.tif'),
  ...Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, () => tiff(kind)])),
};
