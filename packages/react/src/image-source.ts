/** Where to find images whose `src` is not a complete URL. */
export interface AuraSettings {
  /** Base URL of the CDN, such as `https://cdn.example`. */
  readonly cdnUrl?: string | undefined;
  /** Project of a `src` that is a key alone. */
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
 * Resolves a `src` to a URL: a complete URL stays as it is; `project/key` and `key` are looked up on
 * the CDN.
 *
 * @returns `null` if `settings` lack what the URL needs
 */
export function resolveSource(src: string, settings: AuraSettings): string | null {
  if (isCompleteUrl(src)) return src;
  const { cdnUrl, projectName } = settings;
  const path = src.includes('/') ? src : projectName && `${projectName}/${src}`;
  return cdnUrl && path ? `${cdnUrl.replace(/\/+$/, '')}/${path}` : null;
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

/** Whether the server can resize it: `data:` and `blob:` URLs never reach a server. */
export function isTransformable(url: string): boolean {
  return !/^(?:data|blob):/i.test(url);
}
