import {
  signServeToken,
  signUploadToken,
  signVisibilityToken,
  type Visibility,
} from '@auraimage/protocol';
import {
  checkKey,
  checkLength,
  checkVisibility,
  type SignedUrlOptions,
  type SignUploadOptions,
  serveTimes,
  type UrlOptions,
  uploadClaims,
} from './options.js';
import { patchVisibility } from './request.js';
import {
  type AuraImageSettings,
  checkCdnUrl,
  checkProjectName,
  checkSecretKey,
  checkServeSecret,
  refuseBrowser,
} from './settings.js';
import { transformUrl } from './transform-url.js';

const VISIBILITY_TOKEN_SECONDS = 120;

/**
 * Signs uploads and private image URLs for one project. Server only: the constructor throws in a
 * browser.
 *
 * @throws {AuraImageError} `setting_missing`, `setting_invalid` or `browser`; the message names the
 *   setting and the fix
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

  constructor({ secretKey, projectName, serveSecret, cdnUrl }: AuraImageSettings) {
    refuseBrowser();
    this.#secretKey = checkSecretKey(secretKey);
    this.#projectName = checkProjectName(projectName);
    // Optional, but if set, a malformed value throws here rather than at the first signed URL.
    this.#serveSecret = serveSecret ? checkServeSecret(serveSecret) : undefined;
    this.#cdnUrl = cdnUrl ? checkCdnUrl(cdnUrl) : undefined;
  }

  /**
   * Signs an upload token. A browser may upload any number of files with it until it expires.
   *
   * @returns the token, for the header `X-Aura-Signature`
   * @throws {AuraImageError} `option_invalid`, `setting_invalid`
   *
   * @example
   * const token = await aura.signUpload({ maxSize: '5mb', visibility: 'private', expiresIn: 600 });
   */
  async signUpload(options: SignUploadOptions = {}): Promise<string> {
    const claims = uploadClaims(options, this.#projectName, now());
    return checkLength(await signUploadToken(claims, this.#secretKey));
  }

  /**
   * Signs a URL that shows one private image until it expires. Makes no network request.
   *
   * @param key the `key` of the upload's response
   * @throws {AuraImageError} `key_invalid`, `option_invalid`, `setting_missing`
   *
   * @example
   * const url = await aura.getSignedUrl('abc123xyz0-photo.jpg', { expiresIn: 600 });
   */
  async getSignedUrl(key: string, options: SignedUrlOptions = {}): Promise<string> {
    return this.#sign(key, options, now());
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
    const signedAt = now();
    return Promise.all(Array.from(keys, (key) => this.#sign(key, options, signedAt)));
  }

  /**
   * Builds the URL of an image with transforms, public or signed. Makes no network request.
   *
   * @throws {AuraImageError} `option_invalid` for a transform that the server would refuse, and as
   *   {@link getSignedUrl} does
   *
   * @example
   * await aura.urlFor(key, { width: 400, format: 'webp' });
   * await aura.urlFor(key, { width: 400, signed: { expiresIn: 600 } });
   */
  async urlFor(key: string, options: UrlOptions = {}): Promise<string> {
    const { signed = false, cdnUrl } = options;
    const own = cdnUrl === undefined ? {} : { cdnUrl };
    const url =
      signed === false
        ? this.#unsignedUrl(key, cdnUrl)
        : await this.#sign(key, { ...(signed === true ? {} : signed), ...own }, now());
    return transformUrl(url, options);
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
    checkKey(key);
    checkVisibility(visibility);
    const cdnUrl = this.#cdnUrlOr(undefined);
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
    const url = `${cdnUrl}/v1/images/${this.#projectName}/${encodeURIComponent(key)}`;
    await patchVisibility(url, token, { visibility });
    return { visibility };
  }

  async #sign(key: string, options: SignedUrlOptions, signedAt: number): Promise<string> {
    checkKey(key);
    const serveSecret = this.#serveSecret ?? checkServeSecret(undefined);
    const base = this.#unsignedUrl(key, options.cdnUrl);
    const times = serveTimes(options, signedAt);
    const token = await signServeToken({ p: this.#projectName, f: key, ...times }, serveSecret);
    return `${base}?token=${token}`;
  }

  #unsignedUrl(key: string, cdnUrl: string | undefined): string {
    checkKey(key);
    return `${this.#cdnUrlOr(cdnUrl)}/${this.#projectName}/${encodeURIComponent(key)}`;
  }

  #cdnUrlOr(own: string | undefined): string {
    return own === undefined ? (this.#cdnUrl ?? checkCdnUrl(undefined)) : checkCdnUrl(own);
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
