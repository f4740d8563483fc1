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
 * Signs uploads and private image URLs for one project. For servers: constructing it in a browser
 * throws.
 *
 * @throws {AuraImageError} whose `code` is stable and whose message names the setting and the fix
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
    // Needed by some calls only, but a wrong one is found here rather than at the first reader.
    this.#serveSecret = serveSecret ? checkServeSecret(serveSecret) : undefined;
    this.#cdnUrl = cdnUrl ? checkCdnUrl(cdnUrl) : undefined;
  }

  /**
   * Signs a token with which a browser may upload one or more files until it expires.
   *
   * @returns the token, to be sent as `X-Aura-Signature`
   *
   * @example
   * const token = await aura.signUpload({ maxSize: '5mb', visibility: 'private', expiresIn: 600 });
   */
  async signUpload(options: SignUploadOptions = {}): Promise<string> {
    const claims = uploadClaims(options, this.#projectName, now());
    return checkLength(await signUploadToken(claims, this.#secretKey));
  }

  /**
   * Makes a URL that opens one private image until it expires. A computation, without network.
   *
   * @param key the `key` of the upload's answer
   *
   * @example
   * const url = await aura.getSignedUrl('abc123xyz0-photo.jpg', { expiresIn: 600 });
   */
  async getSignedUrl(key: string, options: SignedUrlOptions = {}): Promise<string> {
    return this.#sign(key, options, now());
  }

  /**
   * Signs many images at one moment, such as those of a gallery.
   *
   * @returns the URLs, in the order of the keys
   *
   * @example
   * const urls = await aura.getSignedUrls(photos.map(({ key }) => key), { stableFor: 300 });
   */
  async getSignedUrls(
    keys: Iterable<string>,
    options: SignedUrlOptions = {},
  ): Promise<readonly string[]> {
    const moment = now();
    return Promise.all(Array.from(keys, (key) => this.#sign(key, options, moment)));
  }

  /**
   * Makes the URL of an image in a size and format, public or signed. A computation, without network.
   *
   * @throws {AuraImageError} `option_invalid` for a transform that the server would refuse
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
        ? this.#address(key, cdnUrl)
        : await this.#sign(key, { ...(signed === true ? {} : signed), ...own }, now());
    return transformUrl(url, options);
  }

  /**
   * Makes an image public or private. Idempotent. Once it resolves, the CDN gives a private image to
   * nobody without a token; browsers keep copies that they loaded before.
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

  async #sign(key: string, options: SignedUrlOptions, moment: number): Promise<string> {
    checkKey(key);
    const serveSecret = this.#serveSecret ?? checkServeSecret(undefined);
    const address = this.#address(key, options.cdnUrl);
    const times = serveTimes(options, moment);
    const token = await signServeToken({ p: this.#projectName, f: key, ...times }, serveSecret);
    return `${address}?token=${token}`;
  }

  #address(key: string, cdnUrl: string | undefined): string {
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
