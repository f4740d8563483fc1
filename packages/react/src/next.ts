import { transformUrl } from '@auraimage/sdk/client';
import { requireSource } from './image-source.js';

/** What `next/image` asks a loader. */
export interface LoaderRequest {
  /** The image's `src`. */
  readonly src: string;
  /** Pixels of the screen. */
  readonly width: number;
  /** 1 to 100. Default: the server's, 80. */
  readonly quality?: number | undefined;
}

// Bundlers put a value in place of this very text.
declare const process: { readonly env: { readonly NEXT_PUBLIC_AURA_CDN_URL?: string } };

/**
 * A loader for `next/image`: browsers get every image from the CDN itself, in the size that they ask
 * for. Nothing goes through `/_next/image`, whose cache knows nothing of tokens.
 *
 * It takes `project/key`, a key alone, and whole addresses, signed ones with their token. Files of the
 * app itself, and where `NEXT_PUBLIC_AURA_CDN_URL` is set those of other hosts, stay as they are.
 *
 * @throws {AuraImageSourceError} when `src` is no whole address and nothing says where the CDN is
 * @throws {AuraImageError} `option_invalid` for a quality that the server would refuse
 *
 * @example
 * // aura-loader.ts, which `images: { loader: 'custom', loaderFile: './aura-loader.ts' }` names
 * export { auraLoader as default } from '@auraimage/react/next';
 */
export function auraLoader({ src, width, quality }: LoaderRequest): string {
  const url = requireSource(src, {});
  return isOnCdn(url) ? transformUrl(url, { width, quality }) : url;
}

/** Another host's address may be signed as a whole: nothing is to be added to it. */
function isOnCdn(url: string): boolean {
  if (!/^https?:/i.test(url)) return false;
  const cdnUrl = typeof process === 'undefined' ? undefined : process.env.NEXT_PUBLIC_AURA_CDN_URL;
  return !cdnUrl || new URL(url).origin === new URL(cdnUrl).origin;
}
