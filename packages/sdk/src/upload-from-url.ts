import { type Visibility, withoutImageExtension } from '@auraimage/protocol';
import { AuraImageError, type AuraImageErrorDetails } from './errors.js';
import { checkKnown } from './known-options.js';
import { bytesOf, checkName, invalid } from './options.js';

export interface UploadFromUrlOptions {
  /** The image's name. Default: the last piece of the URL's path, without what a name cannot have. */
  readonly name?: string;
  /** Largest file: bytes, or a text such as `5mb`. Default `30mb`. */
  readonly maxSize?: number | string;
  /** Default: `public`; of an image that is replaced, what it was. */
  readonly visibility?: Visibility;
  /** Whether an image that has the name is replaced; otherwise the upload is refused. Default `false`. */
  readonly overwrite?: boolean;
  /** Time for the whole download, in milliseconds: 1 to 600000. Default 30000. */
  readonly timeout?: number;
}

const UPLOAD_FROM_URL = {
  name: true,
  maxSize: true,
  visibility: true,
  overwrite: true,
  timeout: true,
} satisfies Record<keyof UploadFromUrlOptions, true>;

const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_TIMEOUT_MS = 600_000;

/** A download that has not started. */
export interface Source {
  readonly url: URL;
  /** `undefined` if the URL has nothing to make a name of. */
  readonly name: string | undefined;
  /** The file's name, as the URL has it. */
  readonly fileName: string;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/**
 * Validates the URL and the options, before any network request.
 *
 * @throws {AuraImageError} `option_invalid`, `option_unknown`
 */
export function sourceOf(address: string | URL, options: UploadFromUrlOptions): Source {
  checkKnown(options, Object.keys(UPLOAD_FROM_URL), 'uploadFromUrl()');
  const { name, maxSize = '30mb', timeout = DEFAULT_TIMEOUT_MS } = options;
  if (!(typeof timeout === 'number' && timeout >= 1 && timeout <= MAX_TIMEOUT_MS)) {
    throw invalid('timeout', `1 to ${MAX_TIMEOUT_MS} milliseconds`);
  }
  const text = String(address);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw invalid('url', 'an http or https URL without user and password');
  }
  const fileName = lastPiece(url);
  return {
    url,
    name: name === undefined ? nameFrom(fileName) : checkName(name),
    fileName,
    maxBytes: bytesOf(maxSize),
    timeoutMs: timeout,
  };
}

/**
 * Downloads an image. At most `maxBytes` are read.
 *
 * @throws {AuraImageError} `download_failed`; `status` is that of the other server
 */
export async function download({ url, maxBytes, timeoutMs }: Source): Promise<Blob> {
  const signal = AbortSignal.timeout(timeoutMs);
  const response = await attempt(url, signal, () =>
    fetch(url, { headers: { Accept: 'image/*' }, signal }),
  );
  const { status, body } = response;
  try {
    if (!response.ok) throw failed(`answered ${status}`, url, { status });
    const type = response.headers.get('content-type') ?? '';
    if (!/^image\//i.test(type)) {
      const shown = type === '' ? 'no type' : JSON.stringify(type.slice(0, 80));
      throw failed(`answered with ${shown} in place of an image`, url, { status });
    }
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    let size = Number(response.headers.get('content-length') ?? 0);
    if (size > maxBytes) throw tooLarge(url, maxBytes, status);
    size = 0;
    const reader = body?.getReader();
    for (;;) {
      const { done, value } = (await attempt(url, signal, async () => reader?.read())) ?? {
        done: true,
      };
      if (done || value === undefined) return new Blob(chunks, { type });
      size += value.byteLength;
      if (size > maxBytes) {
        await reader?.cancel().catch(() => undefined);
        throw tooLarge(url, maxBytes, status);
      }
      chunks.push(value);
    }
  } finally {
    if (body !== null && !body.locked) await body.cancel().catch(() => undefined);
  }
}

async function attempt<T>(url: URL, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw failed(signal.aborted ? 'took too long' : 'did not answer', url, { cause });
  }
}

function tooLarge(url: URL, maxBytes: number, status: number): AuraImageError {
  return failed(`answered with more than maxSize, ${maxBytes} bytes`, url, { status });
}

/** Names the host only: path and query may be a secret. */
function failed(what: string, { origin }: URL, details: AuraImageErrorDetails): AuraImageError {
  return new AuraImageError('download_failed', `${origin} ${what}`, details);
}

/** The last piece of the path, decoded; empty if there is none. */
function lastPiece({ pathname }: URL): string {
  const piece = pathname.slice(pathname.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(piece).replace(/\p{Cc}/gu, '');
  } catch {
    return piece;
  }
}

const MAX_PIECE_LENGTH = 100;

/**
 * Makes a name of a file's name: without image extension, accents and what a name cannot have.
 *
 * @returns `undefined` if nothing is left
 *
 * @example
 * nameFrom('Été à Paris.JPG'); // 'Ete-a-Paris'
 */
export function nameFrom(fileName: string): string | undefined {
  let name = fileName
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9._~-]+/g, '-');
  for (let before = ''; before !== name; ) {
    before = name;
    name = withoutImageExtension(name).replace(/[^A-Za-z0-9]+$/, '');
  }
  name = name
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, MAX_PIECE_LENGTH)
    .replace(/[^A-Za-z0-9]+$/, '');
  return name === '' ? undefined : name;
}
