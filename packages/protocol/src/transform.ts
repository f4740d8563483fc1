/** Largest width or height of a variant, in pixels; larger values are capped to it. */
export const MAX_DIMENSION = 8192;

export const FITS = ['cover', 'contain', 'face', 'auto'] as const;
export type Fit = (typeof FITS)[number];

/** `auto` negotiates by `Accept`; `original` is the unchanged master. */
export const FORMATS = ['auto', 'avif', 'webp', 'jpeg', 'png', 'original'] as const;
export type Format = (typeof FORMATS)[number];

/** Where a crop lies in the picture. */
export const GRAVITIES = [
  'center',
  'top',
  'bottom',
  'left',
  'right',
  'top-left',
  'top-right',
  'bottom-left',
  'bottom-right',
] as const;
export type Gravity = (typeof GRAVITIES)[number];

/** Degrees clockwise. */
export const ROTATIONS = [90, 180, 270] as const;
export type Rotation = (typeof ROTATIONS)[number];

/** `h`: left and right change places; `v`: top and bottom; `hv`: both. */
export const FLIPS = ['h', 'v', 'hv'] as const;
export type Flip = (typeof FLIPS)[number];

/** Shares of the width and height of a picture, 0 to 1, with at most four decimals. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** `none`: the master without its metadata. */
const METADATA = ['none'] as const;

/** Output formats: those of `fmt`, and GIF for animations if the client does not accept WebP. */
export type VariantFormat = Exclude<Format, 'auto' | 'original'> | 'gif';

/** Quality of a URL without `q`. */
export const DEFAULT_QUALITY = 80;
/** Width in pixels and quality of `lqip=true`. */
export const LQIP = { w: 50, q: 20 } as const;
/** Highest `dpr`. */
export const MAX_DPR = 4;
/** Tolerance of `trim=true`. */
export const DEFAULT_TRIM = 10;

/** The transform options of a URL. Options that the URL does not have, or that change nothing, are absent. */
export interface Transform {
  /** Width in pixels, 1 to 8192. */
  readonly w?: number;
  /** Height in pixels, 1 to 8192. */
  readonly h?: number;
  /** Multiplies `w` and `h`: above 1, at most 4, with at most two decimals. Absent without `w` and `h`. */
  readonly dpr?: number;
  readonly fit?: Fit;
  /** Place of the crop of `fit=cover`. */
  readonly gravity?: Gravity;
  /** Point that the crop of `fit=cover` is around, as far as the picture reaches. */
  readonly fp?: Point;
  /** Removes a border of one colour. Largest difference in it, 1 to 100 of the 255 steps of a channel. */
  readonly trim?: number;
  /** Mirrors the picture, before it is rotated. */
  readonly flip?: Flip;
  /** Degrees clockwise, before the picture is resized. */
  readonly rotate?: Rotation;
  /** Colour under the picture in sRGB: `rrggbb`, or `rrggbbaa` if it is not opaque. */
  readonly bg?: string;
  readonly gray?: boolean;
  /** Strength, 0.1 to 10 in steps of 0.1. */
  readonly sharpen?: number;
  /** Quality, 1 to 100. */
  readonly q?: number;
  /** `original` allows no other option beside it. */
  readonly fmt?: Format;
  /** A placeholder: 50 pixels wide, quality 20. */
  readonly lqip?: boolean;
  /** The blurhash as JSON instead of an image. */
  readonly blur?: boolean;
  /** Without other parameters: the master without its metadata. Variants never have any. */
  readonly metadata?: (typeof METADATA)[number];
}

interface Parameter<T> {
  /** The allowed values, for error messages. */
  readonly allowed: string;
  /** Returns `null` if the text is malformed, and `false` if the option changes nothing with this value. */
  readonly parse: (text: string) => T | false | null;
  /** The value's only text for an address, in its query and in its path. */
  readonly print: (value: T) => string;
}

type Grammar = { readonly [K in keyof Transform]-?: Parameter<NonNullable<Transform[K]>> };

/**
 * Every transform option, in canonical order. Parsing, error messages, variant names and the values
 * in the table of `docs/reference/transforms.md` come from here. Other parameters of a query string are ignored; other
 * options of a transform segment are refused.
 */
export const TRANSFORM_GRAMMAR: Grammar = {
  w: wholeNumber(Number.POSITIVE_INFINITY, MAX_DIMENSION),
  h: wholeNumber(Number.POSITIVE_INFINITY, MAX_DIMENSION),
  dpr: pixelRatio(),
  fit: oneOf(FITS, { crop: 'cover' }),
  gravity: oneOf(GRAVITIES, {
    centre: 'center',
    north: 'top',
    south: 'bottom',
    west: 'left',
    east: 'right',
    northwest: 'top-left',
    northeast: 'top-right',
    southwest: 'bottom-left',
    southeast: 'bottom-right',
  }),
  fp: point(),
  trim: tolerance(),
  flip: oneOf(FLIPS),
  rotate: rotation(),
  bg: colour(),
  gray: flag(),
  sharpen: strength(),
  q: wholeNumber(100),
  fmt: oneOf(FORMATS),
  lqip: flag(),
  blur: flag(),
  metadata: oneOf(METADATA),
};

/** Computed once, because every image read iterates over them. */
const PARAMETERS = Object.entries(TRANSFORM_GRAMMAR);

export type ParsedTransform =
  | { readonly ok: true; readonly transform: Transform | null }
  /** `problem` names the option and says what is allowed. */
  | { readonly ok: false; readonly problem: string };

/** The part of an address's path that transforms. */
export interface PathTransform {
  /** The transform segment, such as `w=400,fit=contain`. */
  readonly segment?: string | null;
  /** The output format that the address's extension names. */
  readonly format?: Exclude<Format, 'auto' | 'original'> | undefined;
}

/** Longest transform segment, in characters: every option at its longest takes less. */
export const MAX_SEGMENT_LENGTH = 512;

/** Ignored wherever it stands, because clients use it to get past caches. */
const VERSION_OPTION = 'v';

/**
 * Parses the transform of an address: from its query string, its transform segment and its extension.
 *
 * @returns the transform (`null` if the address has none), or the first problem: an option that is malformed,
 *   repeated or named in two places, or, in the segment only, one that is empty or unknown
 *
 * @example
 * parseTransform(new URLSearchParams('w=400&fmt=webp')); // { ok: true, transform: { w: 400, fmt: 'webp' } }
 * parseTransform(new URLSearchParams(), { segment: 'w=400', format: 'webp' }); // the same
 * parseTransform(new URLSearchParams('w=wide')); // { ok: false, problem: '"w" must be …' }
 */
export function parseTransform(
  query: URLSearchParams,
  { segment = null, format }: PathTransform = {},
): ParsedTransform {
  const options = segment === null ? { given: [] } : optionsOf(segment);
  if ('problem' in options) return { ok: false, problem: options.problem };
  if (format !== undefined) options.given.push(['fmt', format]);
  const texts = new Map<string, string | null>();
  /** `null` for an option that is repeated. */
  const note = (name: string, text: string) => texts.set(name, texts.has(name) ? null : text);
  query.forEach((text, name) => {
    if (Object.hasOwn(TRANSFORM_GRAMMAR, name)) note(name, text);
  });
  for (const [name, text] of options.given) note(name, text);
  const transform: Record<string, unknown> = {};
  for (const [name, { allowed, parse }] of PARAMETERS) {
    const text = texts.get(name);
    if (text === undefined) continue;
    const value = text === null ? null : parse(text);
    if (value === null) return { ok: false, problem: `"${name}" must be ${allowed}, given once` };
    if (value !== false) transform[name] = value;
  }
  if (transform['w'] === undefined && transform['h'] === undefined) delete transform['dpr'];
  const problem = conflictOf(transform);
  if (problem !== null) return { ok: false, problem };
  const isEmpty = Object.keys(transform).length === 0;
  return { ok: true, transform: isEmpty ? null : transform };
}

/** Options that `lqip` and `blur` ignore, because they always have. Others beside them are a mistake. */
const IGNORED: ReadonlySet<string> = new Set(['w', 'h', 'fit', 'q', 'fmt', 'metadata']);

/** What is wrong with options that are well-formed each, or `null`. */
function conflictOf(transform: Transform): string | null {
  const names = Object.keys(transform);
  if (transform.fmt === 'original') {
    const isAlone = names.every((name) => name === 'fmt' || name === 'metadata');
    if (isAlone) return null;
    return '"fmt=original" is the master: no other option than "metadata" can be beside it';
  }
  for (const simple of ['lqip', 'blur'] as const) {
    const other = names.find((name) => name !== 'lqip' && name !== 'blur' && !IGNORED.has(name));
    if (transform[simple] && other !== undefined) return `"${other}" cannot be beside "${simple}"`;
  }
  const { gravity, fp, fit = 'cover' } = transform;
  if (gravity !== undefined && fp !== undefined) return '"gravity" and "fp" exclude each other';
  const place = gravity !== undefined ? 'gravity' : fp !== undefined ? 'fp' : undefined;
  if (place === undefined || fit === 'cover') return null;
  return `"${place}" says where to crop for "fit=cover", and cannot be beside "fit=${fit}"`;
}

/**
 * Writes a transform as a transform segment. Equal transforms have the same text, which `parseTransform` accepts.
 *
 * @example
 * formatTransform({ q: 70, w: 640, fit: 'cover' }); // "w=640,fit=cover,q=70"
 */
export function formatTransform(transform: Transform): string {
  return PARAMETERS.flatMap(([name, { print }]) => {
    const value = transform[name as keyof Transform];
    return value === undefined ? [] : [`${name}=${(print as (value: unknown) => string)(value)}`];
  }).join(',');
}

type Options = { readonly given: [name: string, text: string][] } | { readonly problem: string };

function optionsOf(segment: string): Options {
  const given: [string, string][] = [];
  for (const option of segment.split(',')) {
    const equals = option.indexOf('=');
    if (equals < 1) {
      return {
        problem: 'An option must be written as name=value, with commas between options',
      };
    }
    const name = option.slice(0, equals);
    if (name === VERSION_OPTION) continue;
    if (!Object.hasOwn(TRANSFORM_GRAMMAR, name)) {
      const known = Object.keys(TRANSFORM_GRAMMAR).join(', ');
      return { problem: `"${name.slice(0, 40)}" is not an option; the options are ${known}` };
    }
    given.push([name, option.slice(equals + 1)]);
  }
  return { given };
}

/** What identifies a variant among those of a master with the same crop: sizes are those of the result. */
export interface ResolvedTransform {
  readonly w: number;
  readonly h: number;
  readonly fit?: Fit | undefined;
  readonly flip?: 'h' | undefined;
  readonly rotate?: Rotation | undefined;
  readonly bg?: string | undefined;
  readonly gray?: boolean | undefined;
  readonly sharpen?: number | undefined;
  readonly q?: number | undefined;
  readonly fmt: VariantFormat;
}

/**
 * Names a variant. Transforms with the same result have the same name, unique among the variants of a
 * master: lower-case letters, digits and hyphens.
 *
 * @example
 * variantName({ w: 400, h: 300, q: 80, fmt: 'webp' }); // "w400-h300-q80-webp"
 */
export function variantName(transform: ResolvedTransform): string {
  const { w, h, fit, flip, rotate, bg, gray, sharpen, q, fmt } = transform;
  const parts = [
    `w${w}`,
    `h${h}`,
    fit,
    flip && 'flip',
    rotate && `r${rotate}`,
    bg && `bg${bg}`,
    gray && 'gray',
    sharpen && `s${Math.round(sharpen * 10)}`,
    q && `q${q}`,
    fmt,
  ];
  return parts.filter((part) => part).join('-');
}

function wholeNumber(max: number, cap = max) {
  const limit = cap < max ? `; more than ${cap} counts as ${cap}` : ` and at most ${max}`;
  return {
    allowed: `a whole number of at least 1${limit}`,
    parse: (text: string) => {
      if (!/^[1-9]\d*$/.test(text)) return null;
      const value = Number(text);
      return value <= max ? Math.min(value, cap) : null;
    },
    print: String,
  };
}

const DECIMAL = /^\d{1,20}(?:\.\d{1,20})?$/;

/** Browsers report ratios below 1 and above 4 where a page is zoomed, and many decimals. */
function pixelRatio() {
  return {
    allowed: `a number above 0; less than 1 counts as 1, more than ${MAX_DPR} as ${MAX_DPR}`,
    parse: (text: string) => {
      const value = DECIMAL.test(text) ? Number(text) : 0;
      if (value === 0) return null;
      const ratio = Math.round(Math.min(value, MAX_DPR) * 100) / 100;
      return ratio > 1 ? ratio : (false as const);
    },
    print: String,
  };
}

function strength() {
  return {
    allowed: 'a number from 0 to 10, rounded to 0.1',
    parse: (text: string) => {
      const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
      return value <= 10 ? Math.round(value * 10) / 10 || (false as const) : null;
    },
    print: String,
  };
}

const SHARE = '(0(?:\\.\\d{1,20})?|1(?:\\.0{1,20})?)';
const SHARES = new RegExp(`^${SHARE}[x,]${SHARE}$`);

/** Options of a path are separated by commas, so its only text has none. */
function point() {
  const share = (text = '') => Math.round(Number(text) * 10_000) / 10_000;
  return {
    allowed:
      'the shares of width and height from 0 to 1, such as 0.3x0.7 (in a query also 0.3,0.7)',
    parse: (text: string) => {
      const shares = SHARES.exec(text);
      return shares && { x: share(shares[1]), y: share(shares[2]) };
    },
    print: ({ x, y }: Point) => `${x}x${y}`,
  };
}

function tolerance() {
  return {
    allowed: `true (a tolerance of ${DEFAULT_TRIM}), a tolerance from 1 to 100, or false`,
    parse: (text: string) => {
      if (text === 'false') return false as const;
      if (text === 'true') return DEFAULT_TRIM;
      return /^(?:[1-9]\d?|100)$/.test(text) ? Number(text) : null;
    },
    print: String,
  };
}

function rotation() {
  return {
    allowed: `one of 0, ${ROTATIONS.join(', ')}`,
    parse: (text: string) =>
      text === '0' ? (false as const) : (ROTATIONS.find((each) => text === `${each}`) ?? null),
    print: String,
  };
}

const COLOUR = /^(?:[\da-f]{3}|[\da-f]{6}|[\da-f]{8})$/;

function colour() {
  return {
    allowed: 'a colour as rgb, rrggbb or rrggbbaa in hexadecimal digits, without #',
    parse: (text: string) => {
      const lower = text.toLowerCase();
      if (!COLOUR.test(lower)) return null;
      if (lower.length === 3) return lower.replace(/./g, '$&$&');
      const alpha = lower.slice(6);
      if (alpha === '00') return false as const;
      return alpha === 'ff' ? lower.slice(0, 6) : lower;
    },
    print: String,
  };
}

/** @param aliases other spellings of values, for clients of other services */
function oneOf<const T extends string>(
  values: readonly T[],
  aliases: Readonly<Record<string, T>> = {},
) {
  const spellings = new Map<string, T>([
    ...values.map((value) => [value, value] as const),
    ...Object.entries(aliases),
  ]);
  return {
    allowed: `one of ${values.join(', ')}`,
    parse: (text: string) => spellings.get(text) ?? null,
    print: (value: T) => value as string,
  };
}

function flag() {
  return {
    allowed: 'true or false',
    parse: (text: string) => (text === 'true' ? true : text === 'false' ? (false as const) : null),
    print: String,
  };
}
