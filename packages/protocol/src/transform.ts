/** Largest width or height of a variant, in pixels; larger values are capped to it. */
export const MAX_DIMENSION = 8192;

export const FITS = ['cover', 'contain', 'face', 'auto'] as const;
export type Fit = (typeof FITS)[number];

/** `auto` negotiates by `Accept`; `original` is the unchanged master. */
export const FORMATS = ['auto', 'avif', 'webp', 'jpeg', 'png', 'original'] as const;
export type Format = (typeof FORMATS)[number];

/** `none`: the master without its metadata. */
const METADATA = ['none'] as const;

/** Output formats: those of `fmt`, and GIF for animations if the client does not accept WebP. */
export type VariantFormat = Exclude<Format, 'auto' | 'original'> | 'gif';

/** Quality of a URL without `q`. */
export const DEFAULT_QUALITY = 80;
/** Width in pixels and quality of `lqip=true`. */
export const LQIP = { w: 50, q: 20 } as const;

/** The transform options of a URL. Options that the URL does not have are absent. */
export interface Transform {
  /** Width in pixels, 1 to 8192. */
  readonly w?: number;
  /** Height in pixels, 1 to 8192. */
  readonly h?: number;
  readonly fit?: Fit;
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
  /** Returns `null` if the text is malformed. */
  readonly parse: (text: string) => T | null;
  /** The value's only spelling in a variant's name: lower-case letters and digits. */
  readonly canonical: (value: T) => string;
}

type Grammar = { readonly [K in keyof Transform]-?: Parameter<NonNullable<Transform[K]>> };

/**
 * Every transform option, in canonical order. Parsing, error messages, variant names and the values
 * in the table of `docs/reference/transforms.md` come from here. Other parameters of a query string are ignored; other
 * options of a transform segment are refused.
 */
export const TRANSFORM_GRAMMAR: Grammar = {
  w: wholeNumber('w', Number.POSITIVE_INFINITY, MAX_DIMENSION),
  h: wholeNumber('h', Number.POSITIVE_INFINITY, MAX_DIMENSION),
  fit: oneOf(FITS, { crop: 'cover' }),
  q: wholeNumber('q', 100),
  fmt: oneOf(FORMATS),
  lqip: flag('lqip'),
  blur: flag('blur'),
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
  const transform: Record<string, unknown> = {};
  for (const [name, { allowed, parse }] of PARAMETERS) {
    const inQuery = query.has(name);
    const inPath = options.given.filter(([given]) => given === name);
    if (!inQuery && inPath.length === 0) continue;
    const texts = [...query.getAll(name), ...inPath.map(([, text]) => text)];
    const value = texts.length === 1 ? parse(texts[0] ?? '') : null;
    if (value === null) return { ok: false, problem: `"${name}" must be ${allowed}, given once` };
    if (value !== false) transform[name] = value;
  }
  const names = Object.keys(transform);
  const others = names.filter((name) => name !== 'fmt' && name !== 'metadata');
  if (transform['fmt'] === 'original' && others.length > 0) {
    return {
      ok: false,
      problem: '"fmt=original" is the master: no other option than "metadata" can be beside it',
    };
  }
  return { ok: true, transform: names.length > 0 ? (transform as Transform) : null };
}

type Options = { readonly given: [name: string, text: string][] } | { readonly problem: string };

function optionsOf(segment: string): Options {
  const given: [string, string][] = [];
  for (const option of segment.split(',')) {
    const equals = option.indexOf('=');
    if (equals < 1) {
      return {
        problem: `An option before the image must be written as name=value, with commas between options`,
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

/** A transform with its output format decided, which identifies a variant. */
export type ResolvedTransform = {
  readonly [K in Exclude<keyof Transform, 'fmt'>]?: Transform[K] | undefined;
} & {
  readonly fmt: VariantFormat;
};

/**
 * Names a variant. Transforms with the same result have the same name, unique among the variants of a
 * master: lower-case letters, digits and hyphens.
 *
 * @example
 * variantName({ w: 400, h: 300, q: 80, fmt: 'webp' }); // "w400-h300-q80-webp"
 */
export function variantName(transform: ResolvedTransform): string {
  const parts: string[] = [];
  for (const [name, { canonical }] of PARAMETERS) {
    const value = transform[name as keyof Transform];
    if (value !== undefined) parts.push((canonical as (value: unknown) => string)(value));
  }
  return parts.join('-');
}

function wholeNumber(prefix: string, max: number, cap = max) {
  const limit = cap < max ? `; more than ${cap} counts as ${cap}` : ` and at most ${max}`;
  return {
    allowed: `a whole number of at least 1${limit}`,
    parse: (text: string) => {
      if (!/^[1-9]\d*$/.test(text)) return null;
      const value = Number(text);
      return value <= max ? Math.min(value, cap) : null;
    },
    canonical: (value: number) => `${prefix}${value}`,
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
    canonical: (value: T) => value as string,
  };
}

function flag(name: string) {
  return {
    allowed: 'true or false',
    parse: (text: string) => (text === 'true' ? true : text === 'false' ? false : null),
    canonical: (value: boolean) => (value ? name : ''),
  };
}
