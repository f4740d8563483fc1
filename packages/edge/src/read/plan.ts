import { ApiError } from '@auraimage/http';
import type { ImageRecord } from '@auraimage/ports';
import {
  DEFAULT_QUALITY,
  LQIP,
  MAX_DIMENSION,
  type PathTransform,
  type Point,
  parseTransform,
  TRANSFORM_GRAMMAR,
  type Transform,
  type VariantFormat,
} from '@auraimage/protocol';
import { orientationOf } from '../render/orientation.js';
import type { RequestedVariant } from '../render/spec.js';
import type { OpenedPreset } from './preset.js';
import { roundToList } from './sizes.js';
import { PLACES } from './watermark.js';

/** The representation to send: the master, the blurhash, or a variant. */
export type Plan =
  | { readonly kind: 'master'; readonly metadata: 'kept' | 'none' }
  | { readonly kind: 'blurhash' }
  | { readonly kind: 'variant'; readonly requested: RequestedVariant };

const MASTER: Plan = { kind: 'master', metadata: 'kept' };

type Picture = Pick<ImageRecord, 'type' | 'size' | 'width' | 'height' | 'frames' | 'hasAlpha'>;

/** How an address names an image: its query, and what the path has beside the key. */
export interface RequestedForm extends PathTransform {
  readonly query: URLSearchParams;
  /** Whether the address without options is the master, and not the picture in its natural size. */
  readonly namesMaster: boolean;
}

/** What limits variants. */
export interface Limits {
  /** Sizes to which requested ones are rounded; empty: they stay as requested. */
  readonly sizes: readonly number[];
  /** Longest side in pixels, after rounding; `null`: no limit. */
  readonly maxEdge: number | null;
  /** Whether a variant must be a preset's, or the picture in its natural size. */
  readonly presetsOnly?: boolean;
}

/**
 * Reads the transform options. Malformed ones cause a 400 that names the first. Under a `maxEdge`, an address without
 * options is the picture in this size, and the master is planned only if the options name it.
 *
 * @throws {ApiError} `transform_malformed`; `transform_not_allowed` if options need a preset
 */
export function plan(
  form: RequestedForm,
  accept: string | null,
  image: Picture,
  limits: Limits,
): Plan {
  const { query, namesMaster } = form;
  const isPlain = form.segment === null && form.format === undefined;
  const isWhole = namesMaster && limits.maxEdge === null;
  if (isPlain && isWhole && !hasTransform(query)) return MASTER;
  const parsed = parseTransform(query, form);
  if (!parsed.ok) throw new ApiError('transform_malformed', { message: parsed.problem });
  const { metadata, ...changes } = parsed.transform ?? {};
  const isBare = Object.keys(changes).length === 0;
  const isMaster = changes.fmt === 'original' || (isBare && (isWhole || metadata === 'none'));
  if (isMaster) return { kind: 'master', metadata: metadata ?? 'kept' };
  if (changes.blur === true) return { kind: 'blurhash' };
  if (limits.presetsOnly && !isBare) throw new ApiError('transform_not_allowed');
  return { kind: 'variant', requested: requestedVariant(changes, accept, image, limits) };
}

/**
 * The variant of a preset: exactly its size, whatever sizes are listed, because a project has few presets. The master
 * never takes its place.
 */
export function planPreset(
  { transform, watermark }: OpenedPreset,
  accept: string | null,
  image: Picture,
  { maxEdge }: Pick<Limits, 'maxEdge'>,
): Plan {
  const requested = requestedVariant(transform, accept, image, { sizes: [], maxEdge });
  return {
    kind: 'variant',
    requested: { ...requested, takesMaster: false, ofPreset: true, watermark },
  };
}

/** Most queries hold a token and nothing else. */
function hasTransform(query: URLSearchParams): boolean {
  for (const name of query.keys()) if (TRANSFORM_NAMES.has(name)) return true;
  return false;
}

const TRANSFORM_NAMES: ReadonlySet<string> = new Set(Object.keys(TRANSFORM_GRAMMAR));

function requestedVariant(
  transform: Transform,
  accept: string | null,
  image: Picture,
  { sizes, maxEdge }: Omit<Limits, 'presetsOnly'>,
): RequestedVariant {
  const { fmt = 'auto', lqip = false, bg } = transform;
  const negotiated = fmt === 'auto' || fmt === 'original';
  const isFilled = bg?.length === OPAQUE_LENGTH;
  const shown = isFilled ? { ...image, hasAlpha: false } : image;
  const formats = negotiated ? negotiate(accept, shown) : withFallbacks(fmt, shown);
  const shows = negotiated ? takes(accept, image) : image.type === `image/${formats[0] ?? ''}`;
  const takesMaster = maxEdge === null && shows;
  const choice = { formats, negotiated, takesMaster, maxEdge };
  if (lqip) return { w: LQIP.w, fit: 'cover', quality: LQIP.q, ...choice };
  const { fit = 'cover', q: quality = DEFAULT_QUALITY, trim, gray, sharpen } = transform;
  const { flip, rotate } = transform;
  if (trim !== undefined && image.frames > 1 && MOVING.some((format) => formats[0] === format)) {
    const message = '"trim" does not apply to animations: name a still format, such as fmt=jpeg';
    throw new ApiError('transform_malformed', { message });
  }
  const wanted = { ...lengthsOf(transform), quality, point: pointOf(transform) };
  const isLimited = sizes.length > 0;
  if (isLimited) refuseUnlisted(transform);
  return {
    ...(isLimited ? roundToList(wanted, sizes) : wanted),
    ...{ fit, trim, gray, sharpen, background: bg, orientation: orientationOf(flip, rotate) },
    ...choice,
  };
}

/** Options that would multiply the number of variants that a list of sizes bounds. */
const UNLISTED = ['trim', 'flip', 'rotate', 'bg', 'gray', 'sharpen'] as const;

/** They are refused instead of ignored: without them, a page would show another picture. */
function refuseUnlisted(transform: Transform): void {
  const name = UNLISTED.find((each) => transform[each] !== undefined);
  if (name === undefined) return;
  const message = `"${name}" is not allowed where sizes are limited to a list: use a preset or, if the project set the limit, a signed URL`;
  throw new ApiError('transform_not_allowed', { message });
}

/** Characters of a colour without alpha. */
const OPAQUE_LENGTH = 6;

/** The lengths in pixels. Both are capped in proportion. */
function lengthsOf({ w, h, dpr = 1 }: Transform) {
  const factor = Math.min(dpr, MAX_DIMENSION / Math.max(w ?? 1, h ?? 1));
  const times = (length: number | undefined) => length && Math.round(length * factor);
  return { w: times(w), h: times(h) };
}

/** Where a crop is asked to be. */
function pointOf({ gravity, fp }: Transform): Point | undefined {
  return gravity === undefined ? fp : PLACES[gravity];
}

/** Formats that keep animations. */
const MOVING: readonly VariantFormat[] = ['webp', 'gif'];

/**
 * The formats that `Accept` allows, by preference, and among equals the smallest first. An image with an alpha
 * channel never becomes JPEG, nor does a flat drawing; an animation becomes WebP or GIF. A client that accepts none of
 * them gets the most widely supported one.
 */
function negotiate(accept: string | null, image: Picture): readonly VariantFormat[] {
  const basic = image.hasAlpha || isFlat(image) ? 'png' : 'jpeg';
  const candidates: readonly VariantFormat[] = image.frames > 1 ? MOVING : ['avif', 'webp', basic];
  const accepted = candidates
    .map((format) => ({ format, quality: acceptance(accept, format) }))
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ format }) => format);
  return accepted.length > 0 ? accepted : candidates.slice(-1);
}

/**
 * Whether PNG has fewer bytes than JPEG in every size. Measured: of a dialog with 0.002 bytes per pixel a third to a
 * half; of a gradient with 0.06 and a page of text with 0.4 up to fifteen times as many.
 */
function isFlat({ type, size, width, height }: Picture): boolean {
  const isLossless = type === 'image/png' || type === 'image/gif';
  return isLossless && size < width * height * FLAT_BYTES_PER_PIXEL;
}

const FLAT_BYTES_PER_PIXEL = 0.01;

/** Whether a client shows masters of a type: those that browsers show, if `Accept` allows them. */
function takes(accept: string | null, { type }: Picture): boolean {
  const format = SHOWN_FORMATS.find((each) => type === `image/${each}`);
  return format !== undefined && acceptance(accept, format) > 0;
}

const SHOWN_FORMATS: readonly VariantFormat[] = ['jpeg', 'png', 'gif', 'webp', 'avif'];

/** The requested format, then a format that every current client can show. */
function withFallbacks(format: VariantFormat, { hasAlpha }: Picture): readonly VariantFormat[] {
  const safe = hasAlpha ? 'png' : 'jpeg';
  const first = format === 'jpeg' ? safe : format;
  return first === safe ? [safe] : [first, safe];
}

/**
 * The quality value of a format, 0 to 1, in an `Accept` header (RFC 9110 §12.5.1). AVIF and WebP must be named,
 * because clients that support neither send `*\/*` as well. Without the header every format except these two
 * is acceptable.
 *
 * @example
 * acceptance('image/webp,*\/*;q=0.8', 'webp'); // 1
 * acceptance('image/webp,*\/*;q=0.8', 'avif'); // 0
 */
export function acceptance(accept: string | null, format: VariantFormat): number {
  const named = new Map<string, number>();
  for (const range of (accept ?? '*/*').slice(0, MAX_LENGTH).split(',')) {
    const [type = '', ...parameters] = range.split(';');
    const quality = parameters.map((text) => QUALITY.exec(text)?.[1]).find((q) => q !== undefined);
    named.set(type.trim().toLowerCase(), quality === undefined ? 1 : Number(quality));
  }
  const exact = named.get(`image/${format}`);
  if (exact !== undefined || format === 'avif' || format === 'webp') return exact ?? 0;
  return named.get('image/*') ?? named.get('*/*') ?? 0;
}

/** Browsers send about 150 characters. */
const MAX_LENGTH = 1000;
const QUALITY = /^\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*$/i;
