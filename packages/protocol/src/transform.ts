/** Largest width or height of a variant, in pixels; larger values are capped to it. */
export const MAX_DIMENSION = 8192;

export const FITS = ['cover', 'contain', 'face', 'auto'] as const;
export type Fit = (typeof FITS)[number];

export const FORMATS = ['auto', 'avif', 'webp', 'jpeg', 'png'] as const;
export type Format = (typeof FORMATS)[number];

/** Output formats: those of `fmt`, and GIF for animations if the client does not accept WebP. */
export type VariantFormat = Exclude<Format, 'auto'> | 'gif';

/** Quality of a URL without `q`. */
export const DEFAULT_QUALITY = 80;
/** Width in pixels and quality of `lqip=true`. */
export const LQIP = { w: 50, q: 20 } as const;

/** The transform parameters of a URL. Parameters that the URL does not have are absent. */
export interface Transform {
  /** Width in pixels, 1 to 8192. */
  readonly w?: number;
  /** Height in pixels, 1 to 8192. */
  readonly h?: number;
  readonly fit?: Fit;
  /** Quality, 1 to 100. */
  readonly q?: number;
  readonly fmt?: Format;
  /** A placeholder: 50 pixels wide, quality 20. */
  readonly lqip?: boolean;
  /** The blurhash as JSON instead of an image. */
  readonly blur?: boolean;
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
 * Every transform parameter, in canonical order. Parsing, error messages, variant names and the values
 * in the table of `docs/transforms.md` come from here. Other parameters of a query string are ignored.
 */
export const TRANSFORM_GRAMMAR: Grammar = {
  w: wholeNumber('w', Number.POSITIVE_INFINITY, MAX_DIMENSION),
  h: wholeNumber('h', Number.POSITIVE_INFINITY, MAX_DIMENSION),
  fit: oneOf(FITS),
  q: wholeNumber('q', 100),
  fmt: oneOf(FORMATS),
  lqip: flag('lqip'),
  blur: flag('blur'),
};

/** Computed once, because every image read iterates over them. */
const PARAMETERS = Object.entries(TRANSFORM_GRAMMAR);

export type ParsedTransform =
  | { readonly ok: true; readonly transform: Transform | null }
  | { readonly ok: false; readonly parameter: keyof Transform; readonly allowed: string };

/**
 * Parses the transform in a query string.
 *
 * @returns the transform (`null` if the query has none), or the first parameter that is malformed or
 *   repeated, with its allowed values
 *
 * @example
 * parseTransform(new URLSearchParams('w=400&fmt=webp')); // { ok: true, transform: { w: 400, fmt: 'webp' } }
 * parseTransform(new URLSearchParams('w=wide')); // { ok: false, parameter: 'w', allowed: '…' }
 */
export function parseTransform(query: URLSearchParams): ParsedTransform {
  const transform: Record<string, unknown> = {};
  for (const [parameter, { allowed, parse }] of PARAMETERS) {
    if (!query.has(parameter)) continue;
    const [text = '', ...more] = query.getAll(parameter);
    const value = more.length === 0 ? parse(text) : null;
    if (value === null) return { ok: false, parameter: parameter as keyof Transform, allowed };
    if (value !== false) transform[parameter] = value;
  }
  const named = Object.keys(transform).length > 0;
  return { ok: true, transform: named ? (transform as Transform) : null };
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

function oneOf<const T extends string>(values: readonly T[]) {
  return {
    allowed: `one of ${values.join(', ')}`,
    parse: (text: string) => values.find((value) => value === text) ?? null,
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
