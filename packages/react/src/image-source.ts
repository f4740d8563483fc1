import { type BlurhashUrlOptions, parseServeUrl } from '@auraimage/sdk/client';

/** Where to find images whose `src` is not a complete URL. */
export interface AuraSettings {
  /** Base URL of the CDN, such as `https://cdn.example`. */
  readonly cdnUrl?: string | undefined;
  /** Project of a `src` that does not begin with one. */
  readonly projectName?: string | undefined;
}

// Bundlers replace exactly these expressions, so read them nowhere else and in no other form.
declare const process: {
  readonly env: {
    readonly NEXT_PUBLIC_AURA_CDN_URL?: string;
    readonly NEXT_PUBLIC_AURA_PROJECT_NAME?: string;
  };
};

const VARIABLES = {
  cdnUrl: 'NEXT_PUBLIC_AURA_CDN_URL',
  projectName: 'NEXT_PUBLIC_AURA_PROJECT_NAME',
} as const satisfies Record<keyof AuraSettings, keyof typeof process.env>;

/** A required setting is missing. The message names the setting and the three ways to pass it. */
export class AuraImageSourceError extends Error {
  override readonly name = 'AuraImageSourceError';
  constructor(problem: string, missing: readonly (keyof typeof VARIABLES)[]) {
    const props = missing.join(' and ');
    const variables = missing.map((prop) => VARIABLES[prop]).join(' and ');
    super(`${problem}: pass ${props}, use <AuraProvider>, or set ${variables}`);
  }
}

/** The settings of the environment; empty in a browser whose bundler defines no `process.env`. */
function environment(): AuraSettings {
  if (typeof process === 'undefined') return {};
  return {
    cdnUrl: process.env.NEXT_PUBLIC_AURA_CDN_URL,
    projectName: process.env.NEXT_PUBLIC_AURA_PROJECT_NAME,
  };
}

/** Merges settings by precedence: the component's props, then the provider, then the environment. */
export function mergeSettings(own: AuraSettings, provided: AuraSettings = {}): AuraSettings {
  const { cdnUrl, projectName } = environment();
  return {
    cdnUrl: own.cdnUrl || provided.cdnUrl || cdnUrl,
    projectName: own.projectName || provided.projectName || projectName,
  };
}

/**
 * Resolves a `src` to a URL: a complete URL stays as it is; anything else is looked up on the CDN.
 *
 * With a project in the settings, a `src` is a key or a name of it, such as `blog/hero`, unless it begins with this
 * project or is a generated key behind another one. Without, it is `project/key`.
 *
 * @returns `null` if `settings` lack what the URL needs
 */
export function resolveSource(src: string, settings: AuraSettings): string | null {
  if (isCompleteUrl(src)) return src;
  const { cdnUrl, projectName } = settings;
  const path = pathOf(src, projectName);
  return cdnUrl && path ? `${cdnUrl.replace(/\/+$/, '')}/${path}` : null;
}

const PROJECT_AND_GENERATED_KEY = /^[a-z0-9-]{2,40}\/[a-z0-9]{10}-[a-z0-9-]+\.[a-z0-9]{2,5}$/;

function pathOf(src: string, projectName: string | undefined): string | undefined {
  if (!projectName) return src.includes('/') ? src : undefined;
  const hasProject = src.startsWith(`${projectName}/`) || PROJECT_AND_GENERATED_KEY.test(src);
  return hasProject ? src : `${projectName}/${src}`;
}

/**
 * Like {@link resolveSource}, but throws if a setting is missing.
 *
 * @throws {AuraImageSourceError}
 */
export function requireSource(src: string, settings: AuraSettings): string {
  const url = resolveSource(src, settings);
  if (url !== null) return url;
  const missing = (['cdnUrl', 'projectName'] as const).filter(
    (setting) => !settings[setting] && (setting === 'cdnUrl' || !src.includes('/')),
  );
  const problem = `<AuraImage src=${JSON.stringify(src)}> is not a complete URL`;
  throw new AuraImageSourceError(problem, missing);
}

/**
 * The CDN that uploads go to.
 *
 * @throws {AuraImageSourceError} if no setting names it
 */
export function requireCdnUrl({ cdnUrl }: AuraSettings): string {
  if (cdnUrl) return cdnUrl;
  throw new AuraImageSourceError('<AuraUploader> has no CDN to upload to', ['cdnUrl']);
}

/** Whether a browser can load it without a base: `https:`, `data:`, `blob:`, or a path from `/`. */
function isCompleteUrl(src: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:|\/)/i.test(src);
}

/**
 * The image at a URL, or `null` if the URL is not one of the CDN. Without a CDN in the settings, a token shows that
 * it is: other hosts have no blurhashes, and must not get reports.
 */
export function imageAt(url: string, { cdnUrl }: AuraSettings): BlurhashUrlOptions | null {
  const image = parseServeUrl(url, cdnUrl);
  return cdnUrl || image?.token ? image : null;
}

/** Whether the server can resize it: `data:` and `blob:` URLs never reach a server. */
export function isTransformable(url: string): boolean {
  return !/^(?:data|blob):/i.test(url);
}
