import {
  type Fit,
  type Flip,
  type Format,
  type Gravity,
  isPresetName,
  type Rotation,
  TRANSFORM_GRAMMAR,
} from '@auraimage/protocol';
import { AuraImageError } from './errors.js';
import { checkKnown } from './known-options.js';

/** Transforms of an image: see `docs/reference/transforms.md`. */
export interface TransformOptions {
  /** In pixels: a whole number of at least 1, capped at 8192. Never larger than the original. */
  readonly width?: number | undefined;
  /** In pixels: a whole number of at least 1, capped at 8192. Never larger than the original. */
  readonly height?: number | undefined;
  /** Applies if `width` and `height` have another aspect ratio than the image. Default `cover`. */
  readonly fit?: Fit | undefined;
  /** Pixels of the screen for each pixel of `width` and `height`, which it multiplies: up to 4. Default 1. */
  readonly dpr?: number | undefined;
  /** Where `cover` crops to. Default `center`, or the focal point of the image. */
  readonly gravity?: Gravity | undefined;
  /** Instead of `gravity`: the point that `cover` crops around, as shares of width and height from 0 to 1. */
  readonly focalPoint?: { readonly x: number; readonly y: number } | undefined;
  /** Removes a border of one colour, first of all. A number is the tolerance, 1 to 100; `true` is 10. */
  readonly trim?: boolean | number | undefined;
  /** Mirrors: `h` left to right, `v` top to bottom, `hv` both. */
  readonly flip?: Flip | undefined;
  /** Degrees clockwise, after `flip`. `width` and `height` are those of the result. */
  readonly rotate?: 0 | Rotation | undefined;
  /** Colour under transparent parts and around `contain`: `rgb`, `rrggbb` or `rrggbbaa`, without `#`. */
  readonly background?: string | undefined;
  /** Takes the colours out, but not that of `background`. */
  readonly gray?: boolean | undefined;
  /** Strength from 0 to 10; 1 is a good start. */
  readonly sharpen?: number | undefined;
  /** 1 to 100. Default 80. */
  readonly quality?: number | undefined;
  /** Default `auto`: the best format that the browser accepts. */
  readonly format?: Format | undefined;
  /** A placeholder 50 pixels wide. `format` applies to it; other options are ignored or refused. */
  readonly lqip?: boolean | undefined;
  /** `none`: without other options, the original without EXIF, XMP and comments. Variants never have any. */
  readonly metadata?: 'none' | undefined;
  /** The name of a preset of the project, without other options. */
  readonly preset?: string | undefined;
}

/** Each option's query parameter. */
const PARAMETERS = {
  width: 'w',
  height: 'h',
  dpr: 'dpr',
  fit: 'fit',
  gravity: 'gravity',
  focalPoint: 'fp',
  trim: 'trim',
  flip: 'flip',
  rotate: 'rotate',
  background: 'bg',
  gray: 'gray',
  sharpen: 'sharpen',
  quality: 'q',
  format: 'fmt',
  lqip: 'lqip',
  metadata: 'metadata',
} as const satisfies Record<
  Exclude<keyof TransformOptions, 'preset'>,
  keyof typeof TRANSFORM_GRAMMAR
>;

/** Every option that transforms. */
export const TRANSFORM_OPTIONS: readonly string[] = [...Object.keys(PARAMETERS), 'preset'];

/**
 * The parameters of the options that are set, in canonical order. `false` stands for a parameter that is absent.
 *
 * @throws {AuraImageError} `option_invalid`; the message names the option and its allowed values
 */
function parsedParameters(
  options: TransformOptions,
): readonly (readonly [string, string | false])[] {
  const given = Object.entries(PARAMETERS).flatMap(([option, parameter]) => {
    const value = options[option as keyof TransformOptions];
    if (value === undefined) return [];
    const { parse, print, allowed } = TRANSFORM_GRAMMAR[parameter];
    const parsed = parse(textOf(value));
    if (parsed === null) throw new AuraImageError('option_invalid', `${option} must be ${allowed}`);
    const text = parsed === false ? parsed : (print as (value: unknown) => string)(parsed);
    return [[parameter, text] as const];
  });
  const { preset } = options;
  if (preset === undefined) return given;
  if (typeof preset !== 'string' || !isPresetName(preset)) {
    throw new AuraImageError('option_invalid', 'preset must be the name of a preset');
  }
  if (given.some(([, value]) => value !== false)) {
    throw new AuraImageError('option_invalid', 'preset allows no other transform');
  }
  return [['preset', preset]];
}

/** Decimals of a point: more than the server distinguishes, and never an exponent. */
const DECIMALS = 6;

function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const { x, y } = value as Readonly<Record<string, unknown>>;
  const share = (part: unknown) => (typeof part === 'number' ? part.toFixed(DECIMALS) : '');
  return `${share(x)}x${share(y)}`;
}

/** @throws {AuraImageError} `option_invalid` */
export function transformParameters(options: TransformOptions): Map<string, string> {
  return new Map(
    parsedParameters(options).flatMap(([name, value]) => (value === false ? [] : [[name, value]])),
  );
}

/** The server refuses other transforms of the unchanged file. */
export function checkOriginalAlone(given: ReadonlyMap<string, string>): void {
  if (given.get('fmt') !== 'original' || given.size === 1) return;
  throw new AuraImageError('option_invalid', "format 'original' allows no other transform");
}

/**
 * Adds transforms to an image's URL. Keeps the rest of the URL, including the token: a token covers
 * every size and format.
 *
 * @param url URL of an image, absolute or relative
 * @throws {AuraImageError} `option_invalid`, `option_unknown`; the message names the option and what is allowed
 *
 * @example
 * transformUrl('https://cdn.example/my-app/abc123xyz0-photo.jpg?token=…', { width: 400 });
 * // https://cdn.example/my-app/abc123xyz0-photo.jpg?token=…&w=400
 */
export function transformUrl(url: string, options: TransformOptions): string {
  checkKnown(options, TRANSFORM_OPTIONS, 'transformUrl()');
  const [resource = '', fragment] = url.split('#', 2);
  const [path = '', search = ''] = splitOnce(resource, '?');
  const query = new URLSearchParams(search);
  const given = parsedParameters(options);
  // A preset and other transforms replace each other: the server refuses both together.
  if (options.preset !== undefined) {
    for (const parameter of Object.values(PARAMETERS)) query.delete(parameter);
  } else if (given.length > 0) {
    query.delete('preset');
  }
  for (const [parameter, value] of given) {
    // The server refuses a repeated parameter.
    if (value === false) query.delete(parameter);
    else query.set(parameter, value);
  }
  const text = query.toString();
  return `${path}${text && `?${text}`}${fragment === undefined ? '' : `#${fragment}`}`;
}

function splitOnce(text: string, mark: string): readonly string[] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
