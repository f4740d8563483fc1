import {
  isRecipient,
  type Point,
  signUploadToken,
  signVisibilityToken,
  type Visibility,
} from '@auraimage/protocol';
import { keyPath } from './address.js';
import type { UploadResult } from './client/types.js';
import { type CookieOptions, checkCookieOptions, cookieLine } from './cookie.js';
import { AuraImageError } from './errors.js';
import type { ImageInfo, ImagePage, RenamedImage } from './images.js';
import {
  checkFocus,
  checkLength,
  checkMetadata,
  checkName,
  checkVisibility,
  invalid,
  type ListOptions,
  listQuery,
  type SignUploadOptions,
  uploadClaims,
} from './options.js';
import { type CdnRequest, requestCdn } from './request.js';
import {
  type AuraImageSettings,
  checkCdnUrl,
  checkProjectName,
  checkSecretKey,
  checkServeSecret,
  checkSettings,
  refuseBrowser,
} from './settings.js';
import {
  checkSignedUrlOptions,
  type ServeOptions,
  type SignedFolder,
  type SignedUrlOptions,
  type Signer,
  signFolder,
  signUrl,
} from './signed-url.js';
import { download, sourceOf, type UploadFromUrlOptions } from './upload-from-url.js';

const VISIBILITY_TOKEN_SECONDS = 120;
/** Of the token that uploads what was downloaded, and of this upload. */
const FROM_URL_TOKEN_SECONDS = 300;
const FROM_URL_UPLOAD_MS = 120_000;

/**
 * Signs uploads and private image URLs for one project. Server only: the constructor throws in a
 * browser.
 *
 * @throws {AuraImageError} `setting_missing`, `setting_invalid`, `option_unknown` or `browser`; the message names
 *   the setting and the fix
 *
 * @example
 * const aura = new AuraImage({
 *   secretKey: process.env.AURA_SECRET_KEY,
 *   serveSecret: process.env.AURA_SERVE_SECRET,
 *   projectName: process.env.NEXT_PUBLIC_AURA_PROJECT_NAME,
 *   cdnUrl: process.env.NEXT_PUBLIC_AURA_CDN_URL,
 * });
 */
export class AuraImage {
  readonly #secretKey: string;
  readonly #projectName: string;
  readonly #serveSecret: string | undefined;
  readonly #cdnUrl: string | undefined;

  constructor(settings: AuraImageSettings) {
    refuseBrowser();
    checkSettings(settings);
    const { secretKey, projectName, serveSecret, cdnUrl } = settings;
    this.#secretKey = checkSecretKey(secretKey);
    this.#projectName = checkProjectName(projectName);
    // Optional, but if set, a malformed value throws here rather than at the first signed URL.
    this.#serveSecret = serveSecret ? checkServeSecret(serveSecret) : undefined;
    this.#cdnUrl = cdnUrl ? checkCdnUrl(cdnUrl) : undefined;
  }

  /**
   * Signs an upload token. A browser may upload any number of files with it until it expires; with `name`, one
   * image that the next upload replaces or, without `overwrite`, is refused by.
   *
   * @returns the token, for the header `X-Aura-Signature`
   * @throws {AuraImageError} `option_invalid`, `option_unknown`, `setting_invalid`
   *
   * @example
   * const token = await aura.signUpload({ maxSize: '5mb', visibility: 'private', expiresIn: 600 });
   * const avatar = await aura.signUpload({ name: `users/${id}/avatar`, overwrite: true });
   */
  async signUpload(options: SignUploadOptions = {}): Promise<string> {
    const claims = uploadClaims(options, this.#projectName, now());
    return checkLength(await signUploadToken(claims, this.#secretKey));
  }

  /**
   * Signs a URL that shows one private image until it expires. Makes no network request.
   *
   * @param key the `key` of the upload's response: the image's name, or its generated key
   * @throws {AuraImageError} `key_invalid`, `option_invalid`, `option_unknown`, `setting_missing`
   *
   * @example
   * const url = await aura.getSignedUrl('abc123xyz0-photo.jpg', { expiresIn: 600 });
   * const small = await aura.getSignedUrl('users/42/avatar', { width: 400, format: 'webp' });
   * const file = await aura.getSignedUrl('users/42/avatar', { format: 'original', download: true });
   */
  async getSignedUrl(key: string, options: SignedUrlOptions = {}): Promise<string> {
    checkSignedUrlOptions(options);
    return signUrl(this.#signer(options.cdnUrl), key, options, now());
  }

  /**
   * Signs the URLs of many images, such as those of a gallery, all with the same expiry.
   *
   * @returns the URLs, in the order of the keys
   * @throws {AuraImageError} as {@link getSignedUrl} does, if any of the keys is invalid
   *
   * @example
   * const urls = await aura.getSignedUrls(photos.map(({ key }) => key), { stableFor: 300 });
   */
  async getSignedUrls(
    keys: Iterable<string>,
    options: SignedUrlOptions = {},
  ): Promise<readonly string[]> {
    checkSignedUrlOptions(options);
    const signer = this.#signer(options.cdnUrl);
    const signedAt = now();
    return Promise.all(Array.from(keys, (key) => signUrl(signer, key, options, signedAt)));
  }

  /**
   * Signs one token for all images whose key begins with a folder, those that are uploaded later, too. Generated keys
   * are in no folder. Makes no network request.
   *
   * @param prefix the folder, with `/` at its end
   * @throws {AuraImageError} `option_invalid`, `option_unknown`, `setting_missing`
   *
   * @example
   * const album = await aura.signFolder('users/42/', { expiresIn: 600, maxEdge: 1600 });
   * const url = album.url('users/42/june', { width: 400 });
   */
  async signFolder(prefix: string, options: ServeOptions = {}): Promise<SignedFolder> {
    return signFolder(this.#signer(options.cdnUrl), prefix, options, now());
  }

  /**
   * Makes the `Set-Cookie` line by which your server gives a serve token to a browser, so that URLs of images need
   * none. Browsers send it to the CDN for pages of the same site only.
   *
   * @param token a serve token, a URL of {@link getSignedUrl}, or the result of {@link signFolder}
   * @throws {AuraImageError} `option_invalid`, `option_unknown`, `setting_missing`
   *
   * @example
   * const album = await aura.signFolder('users/42/');
   * response.headers.append('Set-Cookie', aura.cookie(album, { domain: 'example.com' }));
   */
  cookie(token: string | Pick<SignedFolder, 'token'>, options: CookieOptions = {}): string {
    checkCookieOptions(options);
    const cdnUrl = this.#cdnUrlOr(options.cdnUrl);
    return cookieLine(token, options, { cdnUrl, project: this.#projectName }, now());
  }

  /**
   * Downloads an image from another server and uploads it. The URL must be one that you trust: this machine requests
   * it, and follows its redirects, with everything that it can reach, such as servers of your own network. Never pass
   * a URL that a user typed.
   *
   * The image's name is `name`, or made of the last piece of the URL's path; if there is nothing to make one of, its
   * key is generated.
   *
   * @param url `http` or `https`; its answer must have a type `image/*`
   * @throws {AuraImageError} `download_failed` if there is no such image; `request_refused` if the CDN refuses it, such
   *   as with `serverCode` `name_taken`; `request_failed`, `option_invalid`, `option_unknown`, `setting_missing`
   *
   * @example
   * const { key } = await aura.uploadFromUrl('https://example.org/hero.jpg', { name: 'blog/hero', overwrite: true });
   */
  async uploadFromUrl(
    url: string | URL,
    options: UploadFromUrlOptions = {},
  ): Promise<UploadResult> {
    const source = sourceOf(url, options);
    const cdnUrl = this.#cdnUrlOr(undefined);
    const { visibility, overwrite } = options;
    const { name, fileName, maxBytes } = source;
    if (overwrite && name === undefined) {
      throw invalid('overwrite', 'beside a name: the path of the URL has none');
    }
    const claims = {
      maxSize: maxBytes,
      expiresIn: FROM_URL_TOKEN_SECONDS,
      ...(name === undefined ? {} : { name }),
      ...(visibility === undefined ? {} : { visibility }),
      ...(overwrite === undefined ? {} : { overwrite }),
    };
    await this.signUpload(claims); // refuses invalid options before the download
    const form = new FormData();
    form.append('file', await download(source), fileName || 'image');
    const token = await this.signUpload(claims);
    return requestCdn<UploadResult>(
      {
        method: 'POST',
        url: `${cdnUrl}/v1/upload`,
        headers: { 'X-Aura-Signature': token },
        body: form,
        limitMs: FROM_URL_UPLOAD_MS,
      },
      ({ key }, status) => status === 201 && typeof key === 'string',
    );
  }

  /**
   * Lists images, newest first; with `prefix` or `folders`, in the order of their keys.
   *
   * @throws {AuraImageError} `request_failed`, `request_refused`, `option_invalid`, `option_unknown`, `setting_missing`
   *
   * @example
   * const { images, folders, cursor } = await aura.list({ prefix: 'users/42/', folders: true });
   */
  async list(options: ListOptions = {}): Promise<ImagePage> {
    const query = listQuery(options);
    const url = `${this.#cdnUrlOr(undefined)}/v1/projects/${this.#projectName}/images${query}`;
    return this.#own<ImagePage>({ method: 'GET', url }, ({ images }) => Array.isArray(images));
  }

  /**
   * Gets what is known about an image.
   *
   * @returns `null` if there is none
   * @throws {AuraImageError} `request_failed`, `request_refused`, `key_invalid`, `setting_missing`
   *
   * @example
   * const image = await aura.get('users/42/avatar'); // { key, width, height, metadata, … }
   */
  async get(key: string): Promise<ImageInfo | null> {
    const url = this.#imageUrl(key);
    return this.#own<ImageInfo>({ method: 'GET', url }, (body) => body['key'] === key).catch(
      (error: unknown) => {
        if (error instanceof AuraImageError && error.serverCode === 'image_not_found') return null;
        throw error;
      },
    );
  }

  /**
   * Deletes an image. This cannot be undone. An image that is stored under the same name later is opened by links
   * that were signed for this one and have not expired, unless they are revoked or the serve secret is rotated.
   *
   * @throws {AuraImageError} `request_failed`, `request_refused`, `key_invalid`, `setting_missing`
   *
   * @example
   * await aura.delete('users/42/avatar');
   */
  async delete(key: string): Promise<void> {
    const url = this.#imageUrl(key);
    await this.#own({ method: 'DELETE', url }, (_, status) => status === 204);
  }

  /**
   * Gives an image another name. The old address is 404 from then on, and links that were signed for it stop.
   *
   * @param name one image extension at its end is removed
   * @throws {AuraImageError} `request_refused`, with `serverCode` `name_taken` if another image has the name;
   *   `request_failed`, `key_invalid`, `option_invalid`, `setting_missing`
   *
   * @example
   * await aura.rename('users/42/avatar', 'archive/avatar'); // { key: 'archive/avatar', url: … }
   */
  async rename(key: string, name: string): Promise<RenamedImage> {
    const wanted = checkName(name);
    const renamed = await this.#own<RenamedImage>(
      { method: 'PATCH', url: this.#imageUrl(key), body: { name: wanted } },
      (body) => body['key'] === wanted,
    );
    return { key: renamed.key, url: renamed.url };
  }

  /**
   * Replaces the metadata of an image.
   *
   * @param metadata at most 16 pairs with keys of 1 to 40 of `a-z 0-9 _ -`, 2,048 bytes as JSON in all
   * @throws {AuraImageError} `request_failed`, `request_refused`, `key_invalid`, `option_invalid`, `setting_missing`
   *
   * @example
   * await aura.setMetadata('users/42/avatar', { album: 'summer' });
   */
  async setMetadata(
    key: string,
    metadata: Readonly<Record<string, string>>,
  ): Promise<{ metadata: Readonly<Record<string, string>> }> {
    checkMetadata(metadata);
    const changed = await this.#own<{ metadata: Readonly<Record<string, string>> }>(
      { method: 'PATCH', url: this.#imageUrl(key), body: { metadata } },
      (body) => typeof body['metadata'] === 'object',
    );
    return { metadata: changed.metadata };
  }

  /**
   * Chooses the point of a picture that crops keep in view, instead of its middle: those of `fit: 'cover'` and
   * `fit: 'auto'`, and of `fit: 'face'` where no face was found. Another upload under the same name forgets it.
   *
   * Browsers and caches keep crops of a public image as they were: add `v` to their addresses, such as the version
   * that this resolves with.
   *
   * @param focus shares of the width (from the left) and the height (from the top) of the picture as it is shown, each
   *   0 to 1; four decimals are kept. `null`: the middle again
   * @throws {AuraImageError} `request_failed`, `request_refused`, `key_invalid`, `option_invalid`, `setting_missing`
   *
   * @example
   * const { version } = await aura.setFocus('users/42/avatar', { x: 0.3, y: 0.7 });
   */
  async setFocus(
    key: string,
    focus: Point | null,
  ): Promise<{ focus: Point | null; version: number }> {
    const point = focus === null ? null : checkFocus(focus);
    const changed = await this.#own<{ focus: Point | null; version: number }>(
      { method: 'PATCH', url: this.#imageUrl(key), body: { focus: point } },
      (body) => typeof body['version'] === 'number' && body['focus'] !== undefined,
    );
    return { focus: changed.focus, version: changed.version };
  }

  /**
   * Revokes every link to an image that was signed before. URLs that {@link getSignedUrl} signs afterwards work.
   *
   * @returns when: links signed before this time are refused
   * @throws {AuraImageError} `request_failed`, `request_refused`, `key_invalid`, `setting_missing`
   *
   * @example
   * await aura.revokeLinks('users/42/avatar'); // { linksRevokedAt: '2030-01-01T00:00:00.000Z' }
   */
  async revokeLinks(key: string): Promise<{ linksRevokedAt: string }> {
    const { linksRevokedAt } = await this.#own<{ linksRevokedAt: string }>(
      { method: 'POST', url: `${this.#imageUrl(key)}/revoke-links` },
      (body) => typeof body['linksRevokedAt'] === 'string',
    );
    return { linksRevokedAt };
  }

  /**
   * Ends everything that was given to a recipient: no server accepts a token that names it and was signed before. URLs
   * that {@link getSignedUrl} signs for it afterwards work.
   *
   * @param recipient 1 to 64 of `A-Z a-z 0-9 . _ : @ -`
   * @returns when: tokens signed before this time are refused
   * @throws {AuraImageError} `request_failed`, `request_refused`, `option_invalid`, `setting_missing`
   *
   * @example
   * await aura.revokeRecipient('customer:42'); // { revokedAt: '2030-01-01T00:00:00.000Z' }
   */
  async revokeRecipient(recipient: string): Promise<{ revokedAt: string }> {
    if (!isRecipient(recipient)) {
      throw invalid('recipient', '1 to 64 of letters, digits, ".", "_", ":", "@" and "-"');
    }
    const url = `${this.#cdnUrlOr(undefined)}/v1/projects/${this.#projectName}/recipients/revoke`;
    const { revokedAt } = await this.#own<{ revokedAt: string }>(
      { method: 'POST', url, body: { sub: recipient } },
      (body) => typeof body['revokedAt'] === 'string',
    );
    return { revokedAt };
  }

  /**
   * Makes an image public or private. Idempotent. Once it resolves to `private`, no server of the
   * deployment serves the image without a token. Browsers keep copies that they have cached. Waits 10
   * seconds at most.
   *
   * @throws {AuraImageError} `request_failed` if the CDN cannot be reached, `request_refused` if it
   *   refuses; `key_invalid`, `option_invalid`, `setting_missing`
   *
   * @example
   * await aura.setVisibility('abc123xyz0-photo.jpg', 'private'); // { visibility: 'private' }
   */
  async setVisibility(key: string, visibility: Visibility): Promise<{ visibility: Visibility }> {
    checkVisibility(visibility);
    const url = this.#imageUrl(key);
    const iat = now();
    const token = await signVisibilityToken(
      {
        projectName: this.#projectName,
        act: 'visibility',
        f: key,
        visibility,
        iat,
        exp: iat + VISIBILITY_TOKEN_SECONDS,
      },
      this.#secretKey,
    );
    await requestCdn(
      { method: 'PATCH', url, headers: { 'X-Aura-Signature': token }, body: { visibility } },
      (body) => body['visibility'] === visibility,
    );
    return { visibility };
  }

  #signer(cdnUrl: string | undefined): Signer {
    const serveSecret = this.#serveSecret ?? checkServeSecret(undefined);
    return { cdnUrl: this.#cdnUrlOr(cdnUrl), project: this.#projectName, serveSecret };
  }

  /** Sends a request that the secret key authenticates. */
  #own<Body extends object>(
    request: Omit<CdnRequest, 'headers'>,
    isExpected: Parameters<typeof requestCdn>[1],
  ): Promise<Body> {
    const headers = { Authorization: `Bearer ${this.#secretKey}` };
    return requestCdn<Body>({ ...request, headers }, isExpected);
  }

  #imageUrl(key: string): string {
    const path = keyPath(key);
    return `${this.#cdnUrlOr(undefined)}/v1/images/${this.#projectName}/${path}`;
  }

  #cdnUrlOr(own: string | undefined): string {
    return own === undefined ? (this.#cdnUrl ?? checkCdnUrl(undefined)) : checkCdnUrl(own);
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
