import type { Focus, ImageRecord, RenderJob, Size, Watermark } from '@auraimage/ports';
import {
  type Fit,
  type ResolvedTransform,
  type VariantFormat,
  variantName,
} from '@auraimage/protocol';
import { geometryOf, needsFit, type RequestedLengths } from './geometry.js';
import type { ReadableImage } from './image.js';

type Effort = RenderJob['effort'];

/**
 * How the bytes of a variant were made, as far as it is a choice. `copied`: fast, of a reduced copy that happened to be
 * kept instead of the master. `final`: fast, and more effort saves nothing. Each server chooses for itself, so each
 * choice is kept under a name of its own: a name, and the `ETag` with it, stands for the same bytes on every server.
 */
export type Making = Effort | 'copied' | 'final';

/** Another image of the project, and how it is drawn over a variant. */
export interface VariantWatermark extends Omit<Watermark, 'body' | 'type' | 'pixels'> {
  readonly source: ReadableImage;
  /** Stands for the bytes of its master and for all other members: 16 hexadecimal digits. */
  readonly id: string;
}

/**
 * A variant as requested, independent of the master's size. Under a `maxEdge` or with a watermark, the master never takes
 * its place.
 */
export interface RequestedVariant extends RequestedLengths {
  readonly fit: Fit;
  readonly quality: number;
  /** The best first; the others are fallbacks if an encoder fails. */
  readonly formats: readonly VariantFormat[];
  /** Whether the choice depends on `Accept`. */
  readonly negotiated: boolean;
  /** Whether the client shows the master's own type, and would take it in place of the format. */
  readonly takesMaster: boolean;
  /** Drawn over the picture. Without it, neither the variant nor the master is sent. */
  readonly watermark?: VariantWatermark | undefined;
}

/** A variant of one master. Everything is decided except the format. */
export interface VariantSpec {
  readonly source: ReadableImage;
  /** The best first. */
  readonly formats: readonly VariantFormat[];
  /** Whether it is the whole picture in the size of the master, and nothing else. */
  readonly isWhole: boolean;
  readonly size: Size;
  readonly watermark: VariantWatermark | undefined;
  /** Without the watermark. */
  job(format: VariantFormat, effort: Effort): RenderJob;
  /** Its name among the master's derived bytes. */
  name(format: VariantFormat, making: Making): string;
}

/**
 * The focus that must be known before the variant can be cropped, or `null`. The point that the owner chose replaces
 * what attracts attention; faces are asked for by name.
 */
export function requiredFocus(
  image: ImageRecord,
  requested: RequestedVariant,
): 'face' | 'auto' | null {
  const { fit } = requested;
  const isFound = fit === 'face' || (fit === 'auto' && image.focalPoint === null);
  return isFound && needsFit(image, requested) ? fit : null;
}

/**
 * The prefix of the names of all current variants. Variants of an earlier engine version, or from before a
 * flip, are never looked up again.
 */
export function namePrefix(
  { version }: Pick<ImageRecord, 'version'>,
  engineVersion: string,
): string {
  return `v${version}-${engineVersion}-`;
}

/** Whether a name among an image's derived bytes has a version that is not current. */
export function isStaleName(
  name: string,
  image: Pick<ImageRecord, 'version'>,
  engineVersion: string,
): boolean {
  return VERSIONED.test(name) && !name.startsWith(namePrefix(image, engineVersion));
}

const VERSIONED = /^v\d+-/;

const ENDS: Readonly<Record<Making, string>> = {
  fast: '',
  copied: '-copied',
  thorough: '-thorough',
  final: '-final',
};

/** The name of a variant without how it was made. */
export function withoutMaking(name: string): string {
  const end = Object.values(ENDS).find((end) => end !== '' && name.endsWith(end));
  return end === undefined ? name : name.slice(0, -end.length);
}

/**
 * Decides on sizes and name. Requests with the same result get the same name: a width beyond the master's or the
 * token's, a fit that crops nothing, a focus that was not found, two points with the same crop.
 *
 * @param focus that was found; without one, crops are around the image's focal point
 * @param engineVersion part of the name, because another version makes other bytes
 */
export function specOf(
  source: ReadableImage,
  requested: RequestedVariant,
  focus: Focus,
  engineVersion: string,
): VariantSpec {
  const { image } = source;
  const { watermark } = requested;
  const point = focus ?? image.focalPoint;
  const { size, scaled, crop, canvas } = geometryOf(image, requested, point);
  const { maxEdge } = requested;
  // Whatever the steps before may have got wrong: what a token limits is never exceeded.
  if (maxEdge !== null && Math.max(size.width, size.height) > maxEdge) {
    throw new Error(`a variant of ${size.width} × ${size.height} exceeds ${maxEdge} pixels`);
  }
  const fit = canvas !== undefined ? 'contain' : crop !== undefined ? 'cover' : undefined;
  const place = crop === undefined ? '' : `-x${crop.left}-y${crop.top}`;
  const resolved = (fmt: VariantFormat): ResolvedTransform => ({
    w: size.width,
    h: size.height,
    fit,
    q: isLossless(fmt) ? undefined : requested.quality,
    fmt,
  });
  return {
    source,
    formats: requested.formats,
    size,
    watermark,
    isWhole:
      watermark === undefined &&
      scaled.width === image.width &&
      scaled.height === image.height &&
      crop === undefined &&
      canvas === undefined,
    job: (format, effort) => ({
      type: image.type,
      scaled,
      ...(crop === undefined ? {} : { crop }),
      ...(canvas === undefined ? {} : { canvas }),
      format,
      quality: requested.quality,
      effort,
    }),
    name: (format, making) => {
      const drawn = watermark === undefined ? '' : `-wm${watermark.id}`;
      const transform = variantName(resolved(format)) + place + drawn;
      return namePrefix(image, engineVersion) + transform + ENDS[making];
    },
  };
}

function isLossless(format: VariantFormat): boolean {
  return format === 'png' || format === 'gif';
}
