import { type TransformOptions, transformUrl } from '@auraimage/sdk/client';
import type { Image } from '../api/types.js';

const DENSITIES = [1, 2] as const;
const MOST = 8192;

/**
 * The `<picture>` for an image: its modern formats first, twice the pixels where the screen has them,
 * and the room that it takes from the start.
 */
export function pictureSnippet(
  image: Pick<Image, 'url' | 'width' | 'height'>,
  options: TransformOptions,
): string {
  const at = (density: number, format: TransformOptions['format']) =>
    transformUrl(image.url, {
      ...options,
      width: options.width && Math.min(MOST, options.width * density),
      height: options.height && Math.min(MOST, options.height * density),
      format,
    });
  const set = (format: TransformOptions['format']) =>
    escapeHtml(DENSITIES.map((density) => `${at(density, format)} ${density}x`).join(', '));
  const { width, height } = shownSize(image, options);
  return `<picture>
  <source type="image/avif" srcset="${set('avif')}">
  <source type="image/webp" srcset="${set('webp')}">
  <img src="${escapeHtml(at(1, 'jpeg'))}" srcset="${set('jpeg')}"
    width="${width}" height="${height}" alt="" loading="lazy">
</picture>`;
}

/** Pixels of the page: never more than the image has, in its own proportions where one is given. */
function shownSize(
  image: Pick<Image, 'width' | 'height'>,
  { width, height, fit }: TransformOptions,
): { readonly width: number; readonly height: number } {
  if (width && height && fit !== 'contain') return { width, height };
  const scale = Math.min(
    1,
    (width ?? Number.POSITIVE_INFINITY) / image.width,
    (height ?? Number.POSITIVE_INFINITY) / image.height,
  );
  return { width: Math.round(image.width * scale), height: Math.round(image.height * scale) };
}

const escapeHtml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
