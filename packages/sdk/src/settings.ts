import { isProjectName, SECRET_KEY_PREFIX, SERVE_SECRET_PREFIX } from '@auraimage/protocol';
import { plainUrl } from './address.js';
import { AuraImageError } from './errors.js';
import { checkKnown } from './known-options.js';

/** The constructor's settings: the four values that the server prints for a project. */
export interface AuraImageSettings {
  /** Begins with `sk_live_`. Signs uploads and visibility changes. */
  readonly secretKey: string | undefined;
  readonly projectName: string | undefined;
  /** Begins with `psk_live_`. Required by `getSignedUrl` and `getSignedUrls`. */
  readonly serveSecret?: string | undefined;
  /** Base URL of the CDN, such as `https://cdn.example`. Required by every call but `signUpload`. */
  readonly cdnUrl?: string | undefined;
}

const SETTINGS = {
  secretKey: true,
  projectName: true,
  serveSecret: true,
  cdnUrl: true,
} satisfies Record<keyof AuraImageSettings, true>;

/** @throws {AuraImageError} `option_unknown` */
export function checkSettings(settings: AuraImageSettings): void {
  checkKnown(settings, Object.keys(SETTINGS), 'new AuraImage()');
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
  const url = plainUrl(value);
  if (url !== null) return url;
  throw new AuraImageError(
    'setting_invalid',
    `cdnUrl${shown(value)} is not a plain http or https URL such as https://cdn.example`,
  );
}

/** What follows the prefix of a secret: not the `…`, `...` or `<secret>` of a guide. */
const SECRET = /^[A-Za-z0-9_-]+$/;

function checkSecret(
  value: string | undefined,
  setting: string,
  prefix: string,
  variable: string,
): string {
  if (!value) throw missing(setting, variable);
  if (value.startsWith(prefix)) {
    if (SECRET.test(value.slice(prefix.length))) return value;
    throw new AuraImageError(
      'setting_invalid',
      `${setting} is a placeholder or was copied with other characters: after ${prefix}, a secret has letters, digits, "-" and "_" only. Set ${variable} to the one of the dashboard, without quotes and spaces`,
    );
  }
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
