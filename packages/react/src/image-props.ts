import { type TransformOptions, transformUrl } from '@auraimage/sdk/client';
import { isTransformable } from './image-source.js';

/** What decides how an image is loaded and how much room it takes. */
export interface ImageOptions {
  /** Whole address of the image; a signed one keeps its token in every size. */
  readonly src: string;
  /** Pixels of the page that it takes at most: it shrinks with its container. */
  readonly width?: number | undefined;
  /** Pixels of the page: the proportions, where `width` is given too. */
  readonly height?: number | undefined;
  /** Has the server cut the image to `width` and `height`. Default: the whole image is asked for. */
  readonly fit?: TransformOptions['fit'];
  readonly quality?: TransformOptions['quality'];
  readonly format?: TransformOptions['format'];
  /** How wide it is shown, as in `<img sizes>`. Default: `width`, or all of a narrower window. */
  readonly sizes?: string | undefined;
  /** Loads it at once and before others: for what is seen first. Default: when it comes near. */
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
/** Density that is worth its bytes: nobody sees more than two pixels of an image to one of the page. */
const MAX_DENSITY = 2;
const FALLBACK_WIDTH = 1280;
const MAX_WIDTH = 8192;

/**
 * The attributes of an `<img>`: `srcset` and `sizes` for every screen, and the room that the image
 * takes before it is loaded. The same input always gives the same output.
 *
 * @throws {AuraImageError} `option_invalid` for a width, height or quality that the server would refuse
 *
 * @example
 * <img alt="" {...getImageProps({ src: await aura.getSignedUrl(key), width: 400, height: 300 })} />
 */
export function getImageProps(options: ImageOptions): ImageAttributes {
  const { src, priority = false } = options;
  const [width, height] = [whole(options.width), whole(options.height)];
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
  { fit, quality, format, sizes }: ImageOptions,
  width: number | undefined,
  height: number | undefined,
) {
  const common = { quality, format };
  const both = width !== undefined && height !== undefined;
  const at = (w: number) => {
    // A height beside the width would make a second variant of the same picture.
    const box = both && fit ? { fit, height: Math.ceil((w * height) / width) } : {};
    return transformUrl(src, { ...common, ...box, width: w });
  };
  if (width === undefined && height !== undefined && sizes === undefined) {
    const high = (density: number) =>
      transformUrl(src, { ...common, height: Math.min(height * density, MAX_WIDTH) });
    return { src: high(1), srcSet: `${high(1)} 1x, ${high(MAX_DENSITY)} ${MAX_DENSITY}x` };
  }
  return {
    src: at(width ?? FALLBACK_WIDTH),
    srcSet: candidateWidths(width)
      .map((w) => `${at(w)} ${w}w`)
      .join(', '),
    sizes: sizes ?? (width === undefined ? '100vw' : `(min-width: ${width}px) ${width}px, 100vw`),
  };
}

/** Never more than twice the width that is known, and nothing close to what is there already. */
function candidateWidths(width: number | undefined): readonly number[] {
  if (width === undefined) return DEVICE_WIDTHS;
  const most = Math.min(width * MAX_DENSITY, MAX_WIDTH);
  const exact = width < most ? [width, most] : [most];
  const between = DEVICE_WIDTHS.filter(
    (device) => device < most && exact.every((one) => Math.abs(device - one) > one / 10),
  );
  return [...between, ...exact].sort((a, b) => a - b);
}

/** Holds the room free before the image is there, and lets it shrink with its container. */
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

/** Pages are laid out in fractions of pixels; images are not. */
function whole(length: number | undefined): number | undefined {
  return length === undefined ? undefined : Math.round(length);
}
