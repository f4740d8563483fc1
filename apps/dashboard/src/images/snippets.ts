import { type TransformOptions, transformUrl } from '@auraimage/sdk/client';
import type { Image } from '../api/types.js';

const DENSITIES = [1, 2] as const;
const MAX_SIDE = 8192;
/** Stands for the signed URL while the snippet is built. */
const SIGNED = 'https://signed.invalid/image?token=';

type SnippetImage = Pick<Image, 'key' | 'url' | 'width' | 'height' | 'visibility'>;

/**
 * The `<picture>` for an image: modern formats first, two pixel densities, and `width` and `height` against layout
 * shift. For a public image it is HTML. The addresses of a private one need a token that expires, so it is the code
 * with which a server writes the HTML for each page.
 */
export function pictureSnippet(image: SnippetImage, options: TransformOptions): string {
  if (image.visibility === 'public') return pictureHtml(image, image.url, options);
  const html = pictureHtml(image, SIGNED, options).replaceAll(SIGNED, '$' + '{url}');
  return `// On your server, for each page. One signed URL opens every size and format.
const url = await aura.getSignedUrl('${image.key}', { expiresIn: 3600 });
const html = \`${html}\`;`;
}

function pictureHtml(image: SnippetImage, url: string, options: TransformOptions): string {
  const at = (density: number, format: TransformOptions['format']) =>
    transformUrl(url, {
      ...options,
      width: options.width && Math.min(MAX_SIDE, options.width * density),
      height: options.height && Math.min(MAX_SIDE, options.height * density),
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

/** Size in CSS pixels: at most the image's own size, and its proportions unless both sides are given. */
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

/** Runs the `aura` command that this server hands out, without an installation. */
const aura = () => `npx ${location.origin}/packages/cli.tgz`;

/** The command that signs a terminal in. */
export const loginCommand = (): string => `${aura()} login`;

/** The commands that sign a terminal in and upload a file. */
export const uploadCommand = (project: string, file: string, options = ''): string =>
  [loginCommand(), `${aura()} upload ${file} --project ${project} ${options}`.trim()].join('\n');
