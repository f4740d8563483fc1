import { parseClaims, SERVE_COOKIE, splitToken } from '@auraimage/protocol';
import { keyPath } from './address.js';
import { checkKnown } from './known-options.js';
import { invalid } from './options.js';
import type { SignedFolder } from './signed-url.js';

export interface CookieOptions {
  /**
   * The domain that your app and the CDN have in common, such as `example.com` for `app.example.com` and
   * `images.example.com`. Default: none, for an app on the CDN's own host.
   */
  readonly domain?: string | undefined;
  /**
   * Paths of the CDN that get the cookie. Browsers keep one cookie for each domain and path, so two albums need two
   * paths. Default: the folder or image of the token. URLs with transforms in the path, such as those of
   * `buildServeUrl()`, need the project's path: `/my-app/`.
   */
  readonly path?: string | undefined;
  /** Makes the line delete the cookie instead, as when somebody signs out. Default `false`. */
  readonly remove?: boolean | undefined;
  /** Default: the constructor's. */
  readonly cdnUrl?: string | undefined;
}

const COOKIE = ['domain', 'path', 'remove', 'cdnUrl'] satisfies (keyof CookieOptions)[];
/** Browsers ignore longer ones (RFC 6265bis §5.6). */
const MAX_LINE_BYTES = 4096;
/** RFC 6265 §4.1.1: every character but controls and `;`. */
const PATH = /^\/[\x21-\x3a\x3c-\x7e]*$/;
const DOMAIN = /^(?=.{1,253}$)[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;

/** @throws {AuraImageError} `option_unknown` */
export function checkCookieOptions(options: CookieOptions): void {
  checkKnown(options, COOKIE, 'cookie()');
}

/**
 * The value of a `Set-Cookie` header that gives a serve token to a browser.
 *
 * `SameSite=Strict`: the pictures of a page are requests of this page's own site, also if somebody came to it from
 * another one, so nothing is lost, and pages of other sites cannot use the cookie.
 *
 * @param given a serve token, a signed URL, or a signed folder
 * @param cdnUrl without trailing slashes
 * @param now whole Unix seconds
 * @throws {AuraImageError} `option_invalid`
 */
export function cookieLine(
  given: string | Pick<SignedFolder, 'token'>,
  options: CookieOptions,
  { cdnUrl, project }: { readonly cdnUrl: string; readonly project: string },
  now: number,
): string {
  const { remove = false } = options;
  const { protocol, hostname, pathname } = new URL(cdnUrl);
  const token = tokenOf(given);
  const { what, exp } = openedBy(token, project);
  if (!remove && exp < now) throw invalid('token', 'one that has not expired');
  const root = pathname.replace(/\/$/, '');
  const path = options.path ?? `${root}/${project}/${what}`;
  if (!PATH.test(path)) throw invalid('path', "a path from '/', such as '/my-app/'");
  const domain = options.domain === undefined ? '' : domainOf(options.domain, hostname);
  const line = [
    `${SERVE_COOKIE}=${remove ? '' : token}`,
    `Max-Age=${remove ? 0 : exp - now}`,
    ...(domain === '' ? [] : [`Domain=${domain}`]),
    `Path=${path}`,
    ...(protocol === 'https:' ? ['Secure'] : []),
    'HttpOnly',
    'SameSite=Strict',
  ].join('; ');
  if (line.length <= MAX_LINE_BYTES) return line;
  throw invalid('token', `one of which browsers keep a cookie: at most ${MAX_LINE_BYTES} bytes`);
}

function tokenOf(given: string | Pick<SignedFolder, 'token'>): string {
  const text = typeof given === 'string' ? given : given?.token;
  if (typeof text !== 'string') throw notServe();
  return URL.canParse(text) ? (new URL(text).searchParams.get('token') ?? '') : text;
}

/** What a token opens, as the end of a path. Its signature is up to the server. */
function openedBy(token: string, project: string): { what: string; exp: number } {
  const split = splitToken(token);
  const { p, f, d, exp } = (split && parseClaims(split)) ?? {};
  if (typeof exp !== 'number' || !Number.isSafeInteger(exp)) throw notServe();
  if (p !== project) throw invalid('token', `a serve token of the project ${project}`);
  if (typeof d === 'string') return { what: d, exp };
  if (typeof f === 'string') return { what: keyPath(f), exp };
  throw notServe();
}

function notServe() {
  return invalid('token', 'the result of signFolder() or getSignedUrl(), or a serve token');
}

function domainOf(domain: string, host: string): string {
  const parent = typeof domain === 'string' ? domain.toLowerCase().replace(/^\./, '') : '';
  const isParent = host === parent || host.endsWith(`.${parent}`);
  if (DOMAIN.test(parent) && isParent) return parent;
  throw invalid('domain', `${host}, or a domain above it with a dot, as your app's host has it`);
}
