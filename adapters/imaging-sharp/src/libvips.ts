import sharp from 'sharp';

/**
 * The decoders of the types that the edge accepts. Every other one (SVG, PDF, ImageMagick, camera raw,
 * matrices, …) is an attack surface without a use.
 */
const DECODERS = ['Jpeg', 'Png', 'Nsgif', 'Webp', 'Heif', 'Tiff'];

/**
 * Sets up the one libvips of this process: nothing else in it may need another decoder. Names are
 * those of libvips' operations; blocking one blocks all below it.
 */
export function configureLibvips(): void {
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({
    operation: DECODERS.flatMap((name) => [
      `VipsForeignLoad${name}File`,
      `VipsForeignLoad${name}Buffer`,
    ]),
  });
  // A file is decoded once: a cache of results would only hold memory.
  sharp.cache(false);
  // Several files at once use the cores better than several threads on one, and take less memory.
  sharp.concurrency(1);
}
