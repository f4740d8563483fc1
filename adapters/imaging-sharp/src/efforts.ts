import type { RenderJob } from '@auraimage/ports';
import type { AvifOptions, GifOptions, JpegOptions, PngOptions, WebpOptions } from 'sharp';

// No import of sharp itself: the server's own process reads this table and loads no image library.

interface FormatOptions {
  readonly jpeg: JpegOptions;
  readonly webp: WebpOptions;
  readonly avif: AvifOptions;
  readonly png: PngOptions;
  readonly gif: GifOptions;
}

type Format = keyof FormatOptions;
type Effort = RenderJob['effort'];
type Efforts = {
  readonly [F in Format]: { readonly fast: FormatOptions[F]; readonly thorough?: FormatOptions[F] };
};

/**
 * Encoder options of each format by effort. A format has no thorough effort where more time saves less
 * than 5 % of the bytes: docs/decisions/0026-two-efforts-for-every-format.md.
 */
const EFFORTS: Efforts = {
  jpeg: { fast: {}, thorough: { progressive: true, optimiseScans: true } },
  webp: { fast: { effort: 2 }, thorough: { effort: 6, smartDeblock: true } },
  avif: { fast: { effort: 0 }, thorough: { effort: 4 } },
  png: { fast: {}, thorough: { compressionLevel: 9, adaptiveFiltering: true } },
  gif: { fast: { effort: 1, dither: 0 } },
};
/** For animations: effort 6 takes eight times as long as 4. */
const MOVING_WEBP: WebpOptions = { effort: 4 };
/** Highest quality at which MozJPEG is known to save bytes at equal likeness. */
const MAX_MOZJPEG_QUALITY = 95;
/** H. Peterson, A. Ahumada, A. Watson: An improved detection model for DCT coefficient quantization, 1993. */
const PETERSON_TABLE = 8;

export function optionsOf<F extends Format>(
  format: F,
  effort: Effort,
  isMoving: boolean,
): FormatOptions[F] {
  const { fast, thorough = fast } = EFFORTS[format];
  if (effort === 'fast') return fast;
  return format === 'webp' && isMoving ? MOVING_WEBP : thorough;
}

/** Formats that have a thorough effort. */
export const THOROUGH_FORMATS: ReadonlySet<Format> = new Set(
  (Object.keys(EFFORTS) as Format[]).filter((format) => EFFORTS[format].thorough !== undefined),
);

/**
 * JPEG options of the thorough effort. Its quantisation table discards less at the same number, so the number is lowered
 * until the result is as much like the original as that of the fast effort.
 */
export function thoroughJpeg(quality: number): JpegOptions {
  if (quality > MAX_MOZJPEG_QUALITY) return { ...EFFORTS.jpeg.thorough, quality };
  const alike = quality < 80 ? 3 + 0.85 * quality : 71 + 1.45 * (quality - 80);
  return { mozjpeg: true, quantisationTable: PETERSON_TABLE, quality: Math.round(alike) };
}
