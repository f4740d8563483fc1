import { type Fit, type Format, TRANSFORM_GRAMMAR } from '@auraimage/protocol';
import { AuraImageError } from './errors.js';

/** What to make of an image. What is left out keeps its default: see `docs/transforms.md`. */
export interface TransformOptions {
  /** Pixels, a whole number of at least 1; more than 8192 counts as 8192. */
  readonly width?: number | undefined;
  /** Pixels, a whole number of at least 1; more than 8192 counts as 8192. */
  readonly height?: number | undefined;
  /** Where `width` and `height` have other proportions than the image. Default `cover`. */
  readonly fit?: Fit | undefined;
  /** 1 to 100. Default 80. */
  readonly quality?: number | undefined;
  /** Default `auto`: the best that the browser takes. */
  readonly format?: Format | undefined;
  /** A stand-in 50 pixels wide: nothing but `format` says anything beside it. */
  readonly lqip?: boolean | undefined;
}

/** The name that each option has in an address. */
const PARAMETERS = {
  width: 'w',
  height: 'h',
  fit: 'fit',
  quality: 'q',
  format: 'fmt',
  lqip: 'lqip',
} as const satisfies Record<keyof TransformOptions, keyof typeof TRANSFORM_GRAMMAR>;

/**
 * The same image in another size or format. The address keeps what it had, a token included: the
 * token covers every size.
 *
 * @param url address of an image, absolute or relative
 *
 * @throws {AuraImageError} `option_invalid`, with the option's name and what it may be
 *
 * @example
 * transformUrl('https://cdn.example/my-app/abc123xyz0-photo.jpg?token=…', { width: 400 });
 * // https://cdn.example/my-app/abc123xyz0-photo.jpg?token=…&w=400
 */
export function transformUrl(url: string, options: TransformOptions): string {
  const [address = '', fragment] = url.split('#', 2);
  const [path = '', search = ''] = splitOnce(address, '?');
  const query = new URLSearchParams(search);
  for (const [option, parameter] of Object.entries(PARAMETERS)) {
    const value = options[option as keyof TransformOptions];
    if (value === undefined) continue;
    const { parse, allowed } = TRANSFORM_GRAMMAR[parameter];
    const parsed = parse(String(value));
    if (parsed === null) throw new AuraImageError('option_invalid', `${option} must be ${allowed}`);
    // A parameter that is given twice is refused, and `false` is what its absence says.
    if (parsed === false) query.delete(parameter);
    else query.set(parameter, String(parsed));
  }
  const text = query.toString();
  return `${path}${text && `?${text}`}${fragment === undefined ? '' : `#${fragment}`}`;
}

function splitOnce(text: string, mark: string): readonly string[] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
