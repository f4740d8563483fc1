import type { Visibility } from '@auraimage/protocol';

/** The answer to an upload that succeeded: master and record are durable. */
export interface UploadResult {
  /** Where the image is. A private one needs a token: let your server sign it. */
  readonly url: string;
  /** What the image is called from now on: keep it. */
  readonly key: string;
  /** A stand-in of about 30 characters, for `<AuraImage placeholder="blurhash">`. */
  readonly blurhash: string;
  /** Pixels as shown: orientation is applied. */
  readonly width: number;
  /** Pixels as shown: orientation is applied. */
  readonly height: number;
  readonly format: string;
  readonly masterFormat: string;
  /** Bytes. */
  readonly size: number;
  readonly visibility: Visibility;
}

/** How far one attempt has come. */
export interface UploadProgress {
  /** Bytes of the request sent, the little that surrounds the file included. */
  readonly loaded: number;
  readonly total: number;
  /** `loaded / total`: 0 to 1. */
  readonly fraction: number;
  /** 1 for the first attempt: a further one begins at 0 bytes again. */
  readonly attempt: number;
}

/** Gives the token for one attempt: ask your server for a fresh one. */
export type UploadTokenFunction = (
  file: Blob,
  context: { readonly attempt: number; readonly signal: AbortSignal },
) => string | Promise<string>;

export interface UploadOptions {
  /** Where the CDN is, such as `https://cdn.example`; the address of the upload route will do too. */
  readonly url: string;
  /**
   * The token of `signUpload()`, or a function that gives one: it is called for every attempt, right
   * before it. An {@link UploadError} that it throws counts as the attempt's; anything else ends the
   * upload with the kind `token`.
   */
  readonly token: string | UploadTokenFunction;
  /** Ends the upload with the kind `aborted`. */
  readonly signal?: AbortSignal | undefined;
  /** Attempts in all, at least 1. Default 4. */
  readonly maxAttempts?: number;
  /** Milliseconds before the second attempt; each further wait is twice as long. Default 500. */
  readonly baseDelayMs?: number;
  /** Longest wait between two attempts. Where `Retry-After` asks for more, the upload ends. Default 60 000. */
  readonly maxDelayMs?: number;
  /** An attempt that takes longer counts as a broken connection. Default 360 000. */
  readonly attemptTimeoutMs?: number;
}
