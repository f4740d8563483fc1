import { isProjectName, SECRET_KEY_PREFIX, SERVE_SECRET_PREFIX } from '@auraimage/protocol';
import { AuraImageError } from './errors.js';

/** The constructor's settings: the four values that the server prints for a project. */
export interface AuraImageSettings {
  /** Begins with `sk_live_`. Signs uploads and visibility changes. */
  readonly secretKey: string | undefined;
  readonly projectName: string | undefined;
  /** Begins with `psk_live_`. Required by `getSignedUrl`. */
  readonly serveSecret?: string | undefined;
  /** Base URL of the CDN, such as `https://cdn.example`. Required by `getSignedUrl`, `setVisibility`. */
  readonly cdnUrl?: string | undefined;
}

/** Throws in a browser, where a bundle would give the secrets to every visitor. */
export function refuseBrowser(): void {
  const scope = globalThis as { window?: unknown; document?: unknown };
  if (scope.window === undefined || scope.document === undefined) return;
  throw new AuraImageError(
    'browser',
    'AuraImage holds your secrets and must not run in a browser: sign in a route handler, server action or server component, and send the result to the page',
  );
}

export function checkSecretKey(value: string | undefined): string {
  return checkSecret(value, 'secretKey', SECRET_KEY_PREFIX, 'AURA_SECRET_KEY');
}

export function checkServeSecret(value: string | undefined): string {
  return checkSecret(value, 'serveSecret', SERVE_SECRET_PREFIX, 'AURA_SERVE_SECRET');
}

export function checkProjectName(value: string | undefined): string {
  if (!value) throw missing('projectName', 'NEXT_PUBLIC_AURA_PROJECT_NAME');
  if (isProjectName(value)) return value;
  throw new AuraImageError(
    'setting_invalid',
    `projectName${shown(value)} is not a valid project name: use 2 to 40 of a-z, 0-9 and "-", and no reserved word`,
  );
}

/** @returns the URL without trailing slashes */
export function checkCdnUrl(value: string | undefined): string {
  if (!value) throw missing('cdnUrl', 'NEXT_PUBLIC_AURA_CDN_URL');
  const url = URL.canParse(value) ? new URL(value) : null;
  // Credentials would go into every signed URL, and fetch refuses them.
  const usable = url !== null && /^https?:$/.test(url.protocol) && !/[?#@]/.test(value);
  if (usable) return url.href.replace(/\/+$/, '');
  throw new AuraImageError(
    'setting_invalid',
    `cdnUrl${shown(value)} is not a plain http or https URL such as https://cdn.example`,
  );
}

function checkSecret(
  value: string | undefined,
  setting: string,
  prefix: string,
  variable: string,
): string {
  if (!value) throw missing(setting, variable);
  if (value.startsWith(prefix)) return value;
  const swapped = /^p?sk_live_/.test(value);
  const hint = swapped ? ': the two secrets seem to be swapped' : '';
  throw new AuraImageError('setting_invalid', `${setting} must begin with ${prefix}${hint}`);
}

/** The value, for the message; empty if it may be a secret that was passed as the wrong setting. */
function shown(value: string): string {
  return /sk_live_|@/.test(value) ? '' : ` ${JSON.stringify(value)}`;
}

function missing(setting: string, variable: string): AuraImageError {
  return new AuraImageError(
    'setting_missing',
    `${setting} is missing: pass it to new AuraImage({ ${setting} }), usually from ${variable}`,
  );
}
