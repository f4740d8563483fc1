import { isGeneratedKey, isKey, isProjectName, parseReadPath } from '@auraimage/protocol';
import { AuraImageError } from './errors.js';
import { checkKnown } from './known-options.js';
import {
  checkOriginalAlone,
  TRANSFORM_OPTIONS,
  type TransformOptions,
  transformParameters,
} from './transform-url.js';

/** Where an image is. */
export interface ImageLocation {
  /** Base URL of the CDN, such as `https://cdn.example`. */
  readonly cdnUrl: string;
  readonly project: string;
  /** The image's name, or its generated key. */
  readonly name: string;
}

export interface ServeUrlOptions extends ImageLocation, TransformOptions {
  /**
   * Any text that changes when the image is replaced under its name. The server ignores it, but browsers and CDNs
   * keep a public image until its URL changes.
   */
  readonly v?: string | number | undefined;
  /** A serve token, for a private image, such as that of `signFolder()`. */
  readonly token?: string | undefined;
}

export interface BlurhashUrlOptions extends ImageLocation {
  /** A serve token, for a private image. */
  readonly token?: string | undefined;
}

const LOCATION = ['cdnUrl', 'project', 'name'];
const SERVE_URL = [...LOCATION, ...TRANSFORM_OPTIONS, 'v', 'token'];
const BLURHASH_URL = [...LOCATION, 'token'];
/** Extensions of an address that name the output format. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  avif: '.avif',
  webp: '.webp',
  jpeg: '.jpg',
  png: '.png',
};

/**
 * Builds the URL of an image with its transforms in the path: `{cdnUrl}/{project}/[options/]{name}[.ext]`.
 * `format` becomes the extension. Signs nothing, so it works in browsers.
 *
 * @throws {AuraImageError} `option_invalid`, `option_unknown`, `key_invalid`
 *
 * @example
 * buildServeUrl({ cdnUrl: 'https://cdn.example', project: 'my-app', name: 'blog/hero', width: 400, format: 'webp' });
 * // https://cdn.example/my-app/w=400/blog/hero.webp
 */
export function buildServeUrl(options: ServeUrlOptions): string {
  checkKnown(options, SERVE_URL, 'buildServeUrl()');
  const { v, token, name } = options;
  const [base, path] = locate(options);
  const given = transformParameters(options);
  checkOriginalAlone(given);
  // In the query, because only the server can tell a preset in the path from a folder.
  const preset = given.get('preset');
  given.delete('preset');
  const extension = EXTENSIONS[given.get('fmt') ?? ''] ?? '';
  if (extension !== '') given.delete('fmt');
  // It is the default, but for the unchanged file that a generated key alone stands for.
  const isMaster = given.size === 1 && isGeneratedKey(name);
  if (given.get('fmt') === 'auto' && !isMaster) given.delete('fmt');
  const segment = [...given].map(([parameter, value]) => `${parameter}=${value}`).join(',');
  const query = Object.entries({ preset, v, token })
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${encodeURIComponent(value)}`]))
    .join('&');
  return `${base}/${segment && `${segment}/`}${path}${extension}${query && `?${query}`}`;
}

/**
 * Builds the URL that answers `{ blurhash, width, height }`.
 *
 * @throws {AuraImageError} `option_invalid`, `option_unknown`, `key_invalid`
 *
 * @example
 * buildBlurhashUrl({ cdnUrl: 'https://cdn.example', project: 'my-app', name: 'blog/hero' });
 * // https://cdn.example/v1/blurhash/my-app/blog/hero
 */
export function buildBlurhashUrl(options: BlurhashUrlOptions): string {
  checkKnown(options, BLURHASH_URL, 'buildBlurhashUrl()');
  const { project, token } = options;
  const [base, path] = locate(options);
  const root = base.slice(0, -project.length);
  const query = token === undefined ? '' : `?token=${encodeURIComponent(token)}`;
  return `${root}v1/blurhash/${project}/${path}${query}`;
}

/**
 * Reads which image a URL names, whatever its transforms.
 *
 * @param cdnUrl base URL of the CDN. Default: the origin of `url`
 * @returns `null` for a URL elsewhere, and for one that names no image
 *
 * @example
 * parseServeUrl('https://cdn.example/my-app/w=400/blog/hero.webp?token=a.b');
 * // { cdnUrl: 'https://cdn.example', project: 'my-app', name: 'blog/hero', token: 'a.b' }
 */
export function parseServeUrl(url: string, cdnUrl?: string): BlurhashUrlOptions | null {
  if (!URL.canParse(url)) return null;
  const { origin, searchParams } = new URL(url);
  const base = plainUrl(cdnUrl ?? origin);
  if (base === null || !url.startsWith(`${base}/`)) return null;
  const address = parseReadPath(url.slice(base.length + 1).replace(/[?#].*/s, ''));
  if (address === null) return null;
  const token = searchParams.get('token');
  const { project, candidates } = address;
  return { cdnUrl: base, project, name: candidates[0].key, ...(token && { token }) };
}

/** URL of the project, and path of the image in it. */
function locate({ cdnUrl, project, name }: ImageLocation): readonly [string, string] {
  const base = plainUrl(cdnUrl);
  if (base === null) {
    throw new AuraImageError('option_invalid', 'cdnUrl must be a URL such as https://cdn.example');
  }
  if (typeof project !== 'string' || !isProjectName(project)) {
    throw new AuraImageError('option_invalid', 'project must be the name of a project');
  }
  return [`${base}/${project}`, keyPath(name)];
}

/** Returns a URL without trailing slashes; `null` if it is not `http` or `https`, or has more than a path. */
export function plainUrl(value: string): string | null {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null;
  // Credentials would go into every URL, and fetch refuses them.
  const usable = url !== null && /^https?:$/.test(url.protocol) && !/[?#@]/.test(value);
  return usable ? url.href.replace(/\/+$/, '') : null;
}

/**
 * The path of an image in its project: the pieces of its key, encoded.
 *
 * @throws {AuraImageError} `key_invalid`
 */
export function keyPath(key: string): string {
  checkKey(key);
  return key.split('/').map(encodeURIComponent).join('/');
}

/** @throws {AuraImageError} `key_invalid` for what no URL can name, and for `project/key` */
function checkKey(key: string): void {
  const isText = typeof key === 'string' && !/^\.{0,2}$|[\\\p{Surrogate}]/u.test(key);
  if (isText && (!key.includes('/') || isKey(key))) return;
  const shown = typeof key === 'string' ? JSON.stringify(key.slice(0, 80)) : typeof key;
  throw new AuraImageError(
    'key_invalid',
    `${shown} is not a key: pass the "key" of the upload's response, or the name of the image, without project and extension`,
  );
}
