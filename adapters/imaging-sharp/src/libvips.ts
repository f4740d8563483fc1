import sharp from 'sharp';

/** Loaders of the types that the edge accepts; every other one is an attack surface without a use. */
const LOADERS = [
  'VipsForeignLoadJpegFile',
  'VipsForeignLoadJpegBuffer',
  'VipsForeignLoadPngFile',
  'VipsForeignLoadPngBuffer',
  'VipsForeignLoadNsgifFile',
  'VipsForeignLoadNsgifBuffer',
  'VipsForeignLoadWebpFile',
  'VipsForeignLoadWebpBuffer',
  'VipsForeignLoadHeifFile',
  'VipsForeignLoadHeifBuffer',
  'VipsForeignLoadTiffFile',
  'VipsForeignLoadTiffBuffer',
];

/** Sets up the one libvips of this process. */
export function configureLibvips(): void {
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: LOADERS });
  // Every picture is decoded once: a cache of operations would only hold memory.
  sharp.cache(false);
}
