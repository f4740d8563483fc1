import type {
  Focus,
  FocusKind,
  ImageRecord,
  Orientation,
  Region,
  RenderJob,
  Size,
  Watermark,
} from '@auraimage/ports';
import {
  type Fit,
  type Point,
  type ResolvedTransform,
  type VariantFormat,
  variantName,
} from '@auraimage/protocol';
import { geometryOf, needsFit, type RequestedLengths } from './geometry.js';
import type { ReadableImage } from './image.js';
import { flipAndRotation, turnedPoint, turnedSize, unturnedRegion } from './orientation.js';

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
 * A variant as requested, independent of the master's size. Under a `maxEdge`, of a preset and with a watermark, the
 * master never takes its place.
 */
export interface RequestedVariant extends RequestedLengths {
  /** Tolerance of the border that is removed. */
  readonly trim?: number | undefined;
  /** Part of the master inside that border, once it is found; absent: all of it. */
  readonly part?: Region | undefined;
  /** What a crop is around, where the engine finds it only while it crops. */
  readonly around?: FocusKind | undefined;
  /** As in {@link RenderJob}. */
  readonly orientation?: Orientation | undefined;
  readonly gray?: boolean | undefined;
  readonly sharpen?: number | undefined;
  readonly background?: string | undefined;
  readonly fit: Fit;
  /** Point of the picture, trimmed and turned, that a crop by `cover` is around; absent: the focal point of the image. */
  readonly point?: Point | undefined;
  readonly quality: number;
  /** The best first; the others are fallbacks if an encoder fails. */
  readonly formats: readonly VariantFormat[];
  /** Whether the choice depends on `Accept`. */
  readonly negotiated: boolean;
  /** Whether the client shows the master's own type, and would take it in place of the format. */
  readonly takesMaster: boolean;
  /** Whether a preset asks for it. */
  readonly ofPreset?: boolean;
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
  const isSought = fit === 'face' || (fit === 'auto' && image.focalPoint === null);
  return isSought && needsFit(shownSize(image, requested), requested) ? fit : null;
}

type Source = Pick<RequestedVariant, 'part' | 'orientation'>;

/** The size of the picture that is resized: trimmed and turned. */
function shownSize(image: ImageRecord, { part, orientation }: Source): Size {
  return turnedSize(part ?? image, orientation);
}

/** Where a point of a master is in the picture that is resized, or next to it, where it was trimmed. */
function shownPoint(
  { x, y }: Point,
  { width, height }: Size,
  { part = { left: 0, top: 0, width, height }, orientation }: Source,
): Point {
  const within = (at: number, start: number, length: number) =>
    Math.min(1, Math.max(0, (at - start) / length));
  const point = {
    x: within(x * width, part.left, part.width),
    y: within(y * height, part.top, part.height),
  };
  return turnedPoint(point, orientation);
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

/** Under a picture in JPEG, unless it has a background. */
const WHITE = 'ffffff';

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
  const { watermark, part, around, orientation, gray, sharpen, maxEdge } = requested;
  const chosen = focus ?? image.focalPoint;
  const point = requested.point ?? (chosen && shownPoint(chosen, image, requested));
  const turned = geometryOf(shownSize(image, requested), requested, point);
  const { size, canvas } = turned;
  // Whatever the steps before may have got wrong: what a token limits is never exceeded.
  if (maxEdge !== null && Math.max(size.width, size.height) > maxEdge) {
    throw new Error(`a variant of ${size.width} × ${size.height} exceeds ${maxEdge} pixels`);
  }
  // The engine turns last, so that decoders can shrink on load.
  const scaled = turnedSize(turned.scaled, orientation);
  const crop = turned.crop && unturnedRegion(turned.crop, turned.scaled, orientation);
  // Without alpha and canvas, there is nothing that a background would be seen behind.
  const isGrounded = image.hasAlpha || canvas !== undefined;
  const background = isGrounded ? requested.background : undefined;
  const changes = {
    ...(part && { trim: part }),
    ...(crop && (around ? { cropAround: { ...sizeOf(crop), focus: around } } : { crop })),
    ...(orientation && { orientation }),
    ...(gray && { gray }),
    ...(sharpen && { sharpen }),
    ...(background && { background }),
    ...(canvas && { canvas }),
  };
  const resolved = (fmt: VariantFormat): ResolvedTransform => ({
    w: size.width,
    h: size.height,
    fit: canvas ? 'contain' : crop && 'cover',
    ...flipAndRotation(orientation),
    bg: fmt === 'jpeg' && background === WHITE ? undefined : background,
    gray,
    sharpen,
    q: isLossless(fmt) ? undefined : requested.quality,
    fmt,
  });
  const place = turned.crop ? placeOf(turned.crop, around) : '';
  const border = part
    ? `-from${[part.left, part.top, part.width, part.height].map(short).join('-')}`
    : '';
  const mark = watermark ? `-wm${watermark.id}` : '';
  return {
    source,
    formats: requested.formats,
    size,
    watermark,
    isWhole:
      watermark === undefined &&
      scaled.width === image.width &&
      scaled.height === image.height &&
      Object.keys(changes).length === 0,
    job: (format, effort) => ({
      type: image.type,
      scaled,
      ...changes,
      format,
      quality: requested.quality,
      effort,
    }),
    name: (format, making) => {
      const transform = variantName(resolved(format)) + place + border + mark;
      return namePrefix(image, engineVersion) + transform + ENDS[making];
    },
  };
}

function sizeOf({ width, height }: Size): Size {
  return { width, height };
}

function placeOf({ left, top }: Region, around: FocusKind | undefined): string {
  return around === undefined ? `-x${left}-y${top}` : `-${around}`;
}

/** Names of derived bytes are limited in length. */
function short(length: number): string {
  return length.toString(36);
}

function isLossless(format: VariantFormat): boolean {
  return format === 'png' || format === 'gif';
}
