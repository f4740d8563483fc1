import { transformUrl } from '@auraimage/sdk/client';
import { mergeSettings, requireSource } from './image-source.js';

/** What `next/image` passes to a loader. */
export interface LoaderRequest {
  /** The image's `src`. */
  readonly src: string;
  /** Width in device pixels. */
  readonly width: number;
  /** 1 to 100. Default: the server's, 80. */
  readonly quality?: number | undefined;
}

/**
 * A loader for `next/image`: the browser gets every image from the CDN itself, in the size it needs.
 * Nothing passes through `/_next/image`, whose cache is shared and does not check tokens.
 *
 * `src` is `project/key`, a key, or a complete URL; a signed URL keeps its token. Paths of the app
 * itself stay as they are. So do URLs of other hosts, if `NEXT_PUBLIC_AURA_CDN_URL` is set; without
 * it, every `http` or `https` URL is taken for one of the CDN.
 *
 * @throws {AuraImageSourceError} if `src` is not a complete URL and no variable names the CDN
 * @throws {AuraImageError} `option_invalid` for a quality that the server would refuse
 *
 * @example
 * // aura-loader.ts, which `images: { loader: 'custom', loaderFile: './aura-loader.ts' }` names
 * export { auraLoader as default } from '@auraimage/react/next';
 */
export function auraLoader({ src, width, quality }: LoaderRequest): string {
  const settings = mergeSettings({});
  const url = requireSource(src, settings);
  return isOnCdn(url, settings.cdnUrl) ? transformUrl(url, { width, quality }) : url;
}

/** Another host may have signed its whole URL: a parameter added to it would break the signature. */
function isOnCdn(url: string, cdnUrl: string | undefined): boolean {
  if (!/^https?:/i.test(url)) return false;
  return !cdnUrl || new URL(url).origin === new URL(cdnUrl).origin;
}
