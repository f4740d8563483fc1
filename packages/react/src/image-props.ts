import { type TransformOptions, transformUrl } from '@auraimage/sdk/client';
import { isTransformable } from './image-source.js';
import { claimsOf } from './token-claims.js';

/** Transforms that do not depend on the space that the image takes. */
export type ImageTransform = Pick<
  TransformOptions,
  'gravity' | 'focalPoint' | 'trim' | 'flip' | 'rotate' | 'background' | 'gray' | 'sharpen'
>;

/** What determines an image's candidates and the space it takes. Lengths are in CSS pixels. */
export interface ImageOptions {
  /** Complete URL of the image; every size of a signed URL keeps its token. */
  readonly src: string;
  /** Largest width. The image shrinks with its container. */
  readonly width?: number | undefined;
  /** Height, and with `width` the aspect ratio. */
  readonly height?: number | undefined;
  /** How the server crops to `width` and `height`. Default: it does not crop; CSS does. */
  readonly fit?: TransformOptions['fit'];
  /** 1 to 100. Default: the server's, 80. */
  readonly quality?: TransformOptions['quality'];
  /**
   * Longest side, in device pixels, of what the server gives. Default: the `maxEdge` with which the URL was signed; a
   * token in a cookie cannot be read here.
   */
  readonly maxEdge?: number | undefined;
  /** Default: the server picks the best format that the browser accepts. */
  readonly format?: TransformOptions['format'];
  /** What else the server does to the image. A place to crop to counts with `width` and `height`. */
  readonly transform?: ImageTransform | undefined;
  /**
   * The name of a preset of the project, which decides on the size: there is no `srcset`, and `quality`, `format` and
   * `transform` cannot be beside it. `width`, `height` and `fit` reserve the space.
   */
  readonly preset?: string | undefined;
  /** As in `<img sizes>`. Default: `width`, or the whole viewport if that is narrower or unknown. */
  readonly sizes?: string | undefined;
  /** Loads at once with high priority, for images above the fold. Default: lazy loading. */
  readonly priority?: boolean | undefined;
}

/** Attributes of an `<img>`. */
export interface ImageAttributes {
  readonly src: string;
  readonly srcSet?: string;
  readonly sizes?: string;
  readonly width?: number;
  readonly height?: number;
  readonly loading: 'eager' | 'lazy';
  readonly decoding: 'async' | 'auto';
  readonly fetchPriority?: 'high';
  readonly style: Readonly<Record<string, string>>;
}

/** Widths of common screens and parts of them, in device pixels. */
const DEVICE_WIDTHS = [320, 480, 640, 828, 1080, 1280, 1600, 1920, 2560, 3840];
const MAX_DEVICE_WIDTH = 3840;
/** Highest device pixel ratio to load for: more is hardly visible in a photo and costs many bytes. */
const MAX_DENSITY = 2;
const FALLBACK_WIDTH = 1280;
const MAX_WIDTH = 8192;

/**
 * Computes the attributes of a responsive `<img>`: `srcset`, `sizes`, and a style that reserves the
 * image's space. Pure: the same input gives the same output.
 *
 * @throws {AuraImageError} `option_invalid` for a width, height or quality that the server would refuse
 *
 * @example
 * <img alt="" {...getImageProps({ src: await aura.getSignedUrl(key), width: 400, height: 300 })} />
 */
export function getImageProps(options: ImageOptions): ImageAttributes {
  const { src, priority = false } = options;
  const [width, height] = [rounded(options.width), rounded(options.height)];
  return {
    ...(isTransformable(src) ? sourcesOf(src, options, width, height) : { src }),
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
    loading: priority ? 'eager' : 'lazy',
    decoding: priority ? 'auto' : 'async',
    ...(priority ? { fetchPriority: 'high' as const } : {}),
    style: styleOf(width, height, options.fit),
  };
}

function sourcesOf(
  src: string,
  { fit, quality, format, transform, preset, sizes, maxEdge }: ImageOptions,
  width: number | undefined,
  height: number | undefined,
) {
  const edge = Math.min(MAX_WIDTH, positive(maxEdge), positive(claimsOf(src)['max']));
  const common = { ...transform, quality, format };
  if (preset !== undefined) return { src: transformUrl(src, { ...common, preset }) };
  if (NAMES_PRESET.test(src)) return { src };
  const both = width !== undefined && height !== undefined;
  const isPlaced = transform?.gravity !== undefined || transform?.focalPoint !== undefined;
  const cropped = fit ?? (isPlaced ? 'cover' : undefined);
  const at = (w: number) => {
    // Without a fit, a height would make a second variant of the same picture.
    const box = both && cropped ? { fit: cropped, height: Math.ceil((w * height) / width) } : {};
    return transformUrl(src, { ...common, ...box, width: w });
  };
  if (width === undefined && height !== undefined && sizes === undefined) {
    const high = (density: number) =>
      transformUrl(src, { ...common, height: Math.min(height * density, edge) });
    return { src: high(1), srcSet: `${high(1)} 1x, ${high(MAX_DENSITY)} ${MAX_DENSITY}x` };
  }
  // Of a picture that is higher than wide, the width is shorter than the longest side.
  const most = both && height > width ? Math.max(1, Math.floor((edge * width) / height)) : edge;
  return {
    src: at(Math.min(width ?? FALLBACK_WIDTH, most)),
    srcSet: candidateWidths(width, most)
      .map((w) => `${at(w)} ${w}w`)
      .join(', '),
    sizes: sizes ?? (width === undefined ? '100vw' : `(min-width: ${width}px) ${width}px, 100vw`),
  };
}

/** A URL that already names a preset, such as `getSignedUrl()` makes it. */
const NAMES_PRESET = /\?(?:[^#]*&)?preset=/;

/**
 * Up to twice the width, or the limit, plus common screen widths that differ by more than a tenth from these.
 *
 * @param limit in device pixels
 */
function candidateWidths(width: number | undefined, limit: number): readonly number[] {
  const most = Math.min(width === undefined ? MAX_DEVICE_WIDTH : width * MAX_DENSITY, limit);
  const exact = width !== undefined && width < most ? [width, most] : [most];
  const between = DEVICE_WIDTHS.filter(
    (device) => device < most && exact.every((one) => Math.abs(device - one) > one / 10),
  );
  return [...between, ...exact].sort((a, b) => a - b);
}

/** Reserves the space before the image has loaded, and lets the image shrink with its container. */
function styleOf(
  width: number | undefined,
  height: number | undefined,
  fit: ImageOptions['fit'],
): Readonly<Record<string, string>> {
  if (width === undefined) return {};
  const shrinking = { maxWidth: '100%', height: 'auto' };
  if (height === undefined) return shrinking;
  const aspectRatio = `${width} / ${height}`;
  return { ...shrinking, aspectRatio, objectFit: fit === 'contain' ? 'contain' : 'cover' };
}

/** A length that may be absent or no number: then there is no limit. */
function positive(length: unknown): number {
  return typeof length === 'number' && length >= 1 ? Math.floor(length) : Number.POSITIVE_INFINITY;
}

/** Layouts use fractions of a pixel; the server takes whole ones. */
function rounded(length: number | undefined): number | undefined {
  return length === undefined ? undefined : Math.round(length);
}
