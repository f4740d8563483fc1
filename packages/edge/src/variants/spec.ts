import type { Focus, ImageRecord, RenderJob } from '@auraimage/ports';
import { type ResolvedTransform, type VariantFormat, variantName } from '@auraimage/protocol';
import { geometryOf, needsFit } from '../serve/geometry.js';
import type { VariantWish } from '../serve/plan.js';

/** A variant of one master, of which everything is decided but the format. */
export interface VariantSpec {
  readonly image: ImageRecord;
  /** The best first. */
  readonly formats: readonly VariantFormat[];
  job(format: VariantFormat, effort: RenderJob['effort']): RenderJob;
  /** Its name in the variant stores. */
  name(format: VariantFormat, effort: RenderJob['effort']): string;
}

/** The way of cropping that has to be sought first, or `null`. */
export function wantedFocus(
  image: ImageRecord,
  { w, h, fit }: VariantWish,
): 'face' | 'auto' | null {
  return (fit === 'face' || fit === 'auto') && needsFit(image, w, h) ? fit : null;
}

/**
 * How the names begin of all variants that can still be asked for: what an earlier engine made, or was
 * made before a flip, is never looked for again.
 */
export function namePrefix(
  { version }: Pick<ImageRecord, 'version'>,
  engineVersion: string,
): string {
  return `v${version}-${engineVersion}-`;
}

/**
 * Decides on sizes and name. A wish that comes to the same picture as another one gets the same name: a
 * width beyond the master's, a fit that has nothing to crop, a focus that was not found.
 *
 * @param engineVersion another version makes other bytes
 */
export function specOf(
  image: ImageRecord,
  wish: VariantWish,
  focus: Focus,
  engineVersion: string,
): VariantSpec {
  const { size, scaled, crop, canvas } = geometryOf(image, wish, focus);
  const fit = fitName(wish, focus, { crop, canvas });
  const resolved = (fmt: VariantFormat): ResolvedTransform => ({
    w: size.width,
    h: size.height,
    fit,
    q: isLossless(fmt) ? undefined : wish.quality,
    fmt,
  });
  return {
    image,
    formats: wish.formats,
    job: (format, effort) => ({
      type: image.type,
      scaled,
      ...(crop === undefined ? {} : { crop }),
      ...(canvas === undefined ? {} : { canvas }),
      format,
      quality: wish.quality,
      effort,
    }),
    name(format, effort) {
      const end = effort === 'thorough' ? '-thorough' : '';
      return namePrefix(image, engineVersion) + variantName(resolved(format)) + end;
    },
  };
}

function fitName({ fit }: VariantWish, focus: Focus, made: { crop?: unknown; canvas?: unknown }) {
  if (made.canvas !== undefined) return 'contain';
  if (made.crop === undefined) return undefined;
  return focus === null ? 'cover' : fit;
}

function isLossless(format: VariantFormat): boolean {
  return format === 'png' || format === 'gif';
}
