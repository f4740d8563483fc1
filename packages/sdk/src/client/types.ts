import type { Visibility } from '@auraimage/protocol';

/** Response to a successful upload. Image and record are durable by then. */
export interface UploadResult {
  /**
   * URL of the image. For a private image it needs a token: have your server sign it. Without options it gives the
   * file as it was uploaded, which most browsers do not show if it is HEIC, TIFF or JPEG XL.
   */
  readonly url: string;
  /**
   * What an `<img>` shows: `url`, or with `fmt=auto` for a file that most browsers do not show. For a private image it
   * needs a token, too: `getSignedUrl(key, { format: 'auto' })`.
   */
  readonly displayUrl: string;
  /** Identifies the image from now on: its name, or the key that was generated. Store it. */
  readonly key: string;
  /** The key again. */
  readonly name: string;
  /** Name that the file had; `null` if it had none. */
  readonly filename: string | null;
  /** The pairs that the upload token had. */
  readonly metadata: Readonly<Record<string, string>>;
  /** About 30 characters that describe a blurred placeholder, for `<AuraImage blurhash={…}>`. */
  readonly blurhash: string;
  /** In pixels as shown, with EXIF orientation applied. */
  readonly width: number;
  /** In pixels as shown, with EXIF orientation applied. */
  readonly height: number;
  /** Format that `url` gives, such as `heic`. */
  readonly format: string;
  /** Format of the uploaded file. */
  readonly masterFormat: string;
  /** In bytes. */
  readonly size: number;
  readonly visibility: Visibility;
  /**
   * Proof of the upload: a compact JWS (RFC 7515) over project, key, SHA-256, size and time, signed by the server. Any
   * JWS library verifies it with the keys at `/.well-known/aura-keys.json`, and so does `aura verify`.
   */
  readonly receipt?: string;
}

/** Progress of one attempt. */
export interface UploadProgress {
  /** Bytes of the request body that were sent, multipart framing included. */
  readonly loaded: number;
  readonly total: number;
  /** `loaded / total`: 0 to 1. */
  readonly fraction: number;
  /** 1 for the first attempt. Each further attempt starts at 0 bytes again. */
  readonly attempt: number;
}

/** Returns the token for one attempt. Request a fresh one from your server. */
export type UploadTokenFunction = (
  file: Blob,
  context: { readonly attempt: number; readonly signal: AbortSignal },
) => string | Promise<string>;

export interface UploadOptions {
  /** Base URL of the CDN, such as `https://cdn.example`, or the full URL of its upload route. */
  readonly url: string;
  /**
   * The token from `signUpload()`, or a function that returns one. The function is called right before
   * every attempt. If it throws an {@link UploadError}, the attempt fails with that error; any other
   * error ends the upload with the kind `token`.
   */
  readonly token: string | UploadTokenFunction;
  /** Aborts the upload, which then rejects with the kind `aborted`. */
  readonly signal?: AbortSignal | undefined;
  /** Attempts in total, at least 1. Default 4. */
  readonly maxAttempts?: number;
  /** Delay before the second attempt, in milliseconds. It doubles each time. Default 500. */
  readonly baseDelayMs?: number;
  /**
   * Longest delay between two attempts, in milliseconds. If `Retry-After` asks for more, the upload
   * fails. Default 60000.
   */
  readonly maxDelayMs?: number;
  /** Time limit of one attempt, in milliseconds; then it counts as `network`. Default 360000. */
  readonly attemptTimeoutMs?: number;
}
