import { ApiError } from '@auraimage/http';
import { bytesBody, type Size, type Watermark } from '@auraimage/ports';
import { CodedError } from '@auraimage/protocol';
import { specOf, type VariantSpec, type VariantWatermark } from './spec.js';

/**
 * Most pixels of the PNG of a watermark: it is held in memory while its variant waits, and it is decoded again for each
 * one. A larger watermark is enlarged when it is drawn.
 */
const MAX_PIXELS = 2_000_000;

/**
 * What the engine draws over a variant: a PNG of the watermark's image, made and kept like any other variant of it. Its
 * sides are those of the master, halved until it is less than twice as large as it is drawn. So a few PNGs serve
 * variants of every size, and no variant waits for the decoder of a large master.
 *
 * @param size of the variant
 * @param pngOf the bytes of the PNG; `null` if the engine cannot make it
 * @throws {ApiError} `watermark_missing` if its image was deleted, `variant_unavailable` if it cannot be decoded
 */
export async function drawnWatermark(
  watermark: VariantWatermark,
  size: Size,
  engineVersion: string,
  pngOf: (png: VariantSpec) => Promise<Uint8Array<ArrayBuffer> | null>,
): Promise<Watermark> {
  const { source, id: _, ...how } = watermark;
  const png = specOf(source, requested(source.image, size, how.scale), null, engineVersion);
  const bytes = await pngOf(png).catch((error: unknown) => {
    // These codes are about the image that is read, and would be wrong about another one.
    const code = error instanceof CodedError ? error.code : undefined;
    if (code === 'image_not_found') throw new ApiError('watermark_missing', { cause: error });
    if (code === 'image_not_decodable') return null;
    throw error;
  });
  if (bytes === null) throw new ApiError('variant_unavailable', { retryAfterSeconds: 60 });
  const pixels = png.size.width * png.size.height;
  return { ...how, body: bytesBody(bytes), type: 'image/png', pixels };
}

function requested({ width, height }: Size, variant: Size, scale: number) {
  const drawn = Math.min(variant.width * scale, (variant.height * width) / height);
  const byLength = Math.log2(width / drawn);
  const byPixels = Math.log2((width * height) / MAX_PIXELS) / 2;
  const halvings = Math.max(0, Math.floor(byLength), Math.ceil(byPixels));
  return {
    w: Math.max(1, Math.round(width / 2 ** halvings)),
    fit: 'cover',
    quality: 100,
    formats: ['png'],
    negotiated: false,
    takesMaster: false,
    maxEdge: null,
  } as const;
}
