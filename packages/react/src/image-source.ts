import { AuraImageSourceError } from './source-error.js';

/** Where images are, for sources that are not whole addresses. */
export interface AuraSettings {
  /** Where the CDN is, such as `https://cdn.example`. */
  readonly cdnUrl?: string | undefined;
  /** For sources that are a key alone. */
  readonly projectName?: string | undefined;
}

// Bundlers put a value in place of this very text, so it is read nowhere else and in no other way.
declare const process: {
  readonly env: {
    readonly NEXT_PUBLIC_AURA_CDN_URL?: string;
    readonly NEXT_PUBLIC_AURA_PROJECT_NAME?: string;
  };
};

/** What the environment says, where there is one: a browser without a bundler has none. */
function environment(): AuraSettings {
  if (typeof process === 'undefined') return {};
  return {
    cdnUrl: process.env.NEXT_PUBLIC_AURA_CDN_URL,
    projectName: process.env.NEXT_PUBLIC_AURA_PROJECT_NAME,
  };
}

/**
 * The address of a source: a whole address as it is, `project/key` and `key` on the CDN. What the
 * props lack comes from the environment, then from the provider.
 *
 * @returns `null` where something is missing to make it
 */
export function resolveSource(
  src: string,
  own: AuraSettings,
  provided: AuraSettings = {},
): string | null {
  if (isAddress(src)) return src;
  const around = environment();
  const cdnUrl = own.cdnUrl || around.cdnUrl || provided.cdnUrl;
  const projectName = own.projectName || around.projectName || provided.projectName;
  const path = src.includes('/') ? src : projectName && `${projectName}/${src}`;
  return cdnUrl && path ? `${cdnUrl.replace(/\/+$/, '')}/${path}` : null;
}

/** {@link resolveSource} for when nothing more can be asked. */
export function requireSource(src: string, own: AuraSettings, provided?: AuraSettings): string {
  const url = resolveSource(src, own, provided);
  if (url !== null) return url;
  const missing = (['cdnUrl', 'projectName'] as const).filter(
    (setting) =>
      !own[setting] &&
      !environment()[setting] &&
      !provided?.[setting] &&
      (setting === 'cdnUrl' || !src.includes('/')),
  );
  throw new AuraImageSourceError(`<AuraImage src=${JSON.stringify(src)}> is no address`, missing);
}

/** Where uploads go, from the same places as {@link resolveSource}. */
export function requireCdnUrl(own: AuraSettings, provided: AuraSettings): string {
  const cdnUrl = own.cdnUrl || environment().cdnUrl || provided.cdnUrl;
  if (cdnUrl) return cdnUrl;
  throw new AuraImageSourceError('<AuraUploader> does not know where the CDN is', ['cdnUrl']);
}

/** `https:`, `data:`, `blob:`, `/…`: what a browser can load without being told where. */
function isAddress(src: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:|\/)/i.test(src);
}

/** Whether a server can make other sizes of it: not of what is in the page itself. */
export function isTransformable(url: string): boolean {
  return !/^(?:data|blob):/i.test(url);
}
