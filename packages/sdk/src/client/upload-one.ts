import { notify, pause } from './pause.js';
import { readResult, send } from './send.js';
import type { UploadOptions, UploadProgress, UploadResult, UploadTokenFunction } from './types.js';
import { UploadError } from './upload-error.js';

export interface UploadOneOptions extends UploadOptions {
  /** The file's name, from which the key is made. Default: the `name` of a File. */
  readonly filename?: string | undefined;
  /** Called while bytes are sent; in Node and workers, which use fetch, only at start and end. */
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined;
}

/**
 * Uploads one file. Retries on connection failures, 429 and 5xx with exponential backoff and jitter,
 * never earlier than `Retry-After`. Any other 4xx, and a server that is shutting down, fail at once.
 * If the connection breaks after the server has stored the file, a retry stores it again under another
 * key.
 *
 * @throws {UploadError} and no other error
 *
 * @example
 * const { key, blurhash } = await uploadOne(file, {
 *   url: 'https://cdn.example',
 *   token: () => fetch('/api/sign', { method: 'POST' }).then((response) => response.text()),
 *   onProgress: ({ fraction }) => setProgress(fraction),
 * });
 */
export async function uploadOne(file: Blob, options: UploadOneOptions): Promise<UploadResult> {
  const { maxAttempts = 4, baseDelayMs = 500, maxDelayMs = 60_000, signal } = options;
  const form = formWith(file, options.filename);
  for (let attempt = 1; ; attempt++) {
    const outcome = await tryOnce(file, form, options, attempt);
    if (!(outcome instanceof UploadError)) return outcome;
    const { kind, transient, retryAfterSeconds = 0 } = outcome;
    // The jitter also follows Retry-After: files that were refused together must not all return at once.
    const backoff =
      Math.min(baseDelayMs * 2 ** (attempt - 1), maxDelayMs) * (0.5 + Math.random() / 2);
    const asked = retryAfterSeconds * 1000;
    const final = !transient || kind === 'draining' || asked > maxDelayMs;
    if (final || !(attempt < maxAttempts)) throw outcome;
    await pause(asked > 0 ? asked + backoff : backoff, signal);
  }
}

function formWith(file: Blob, filename = (file as Partial<File>)?.name ?? 'image'): FormData {
  try {
    const form = new FormData();
    form.append('file', file, filename);
    return form;
  } catch (cause) {
    throw new UploadError('unexpected', 'The given value is not a file', { cause });
  }
}

async function tryOnce(
  file: Blob,
  form: FormData,
  { url, token, signal, onProgress, attemptTimeoutMs = 360_000 }: UploadOneOptions,
  attempt: number,
): Promise<UploadResult | UploadError> {
  const attempting = new AbortController();
  const abort = () => attempting.abort();
  const timer = setTimeout(abort, attemptTimeoutMs);
  signal?.addEventListener('abort', abort);
  if (signal?.aborted) abort();
  const report = (loaded: number, total: number) => {
    const fraction = total > 0 ? loaded / total : 0;
    if (!attempting.signal.aborted) notify(onProgress, { loaded, total, fraction, attempt });
  };
  try {
    const signature = await signatureFor(file, token, attempt, attempting.signal);
    report(0, file.size);
    const response = await send({
      url: uploadUrl(url),
      token: signature,
      form,
      signal: attempting.signal,
      onProgress: report,
    });
    const result = readResult(response);
    report(file.size, file.size);
    return result;
  } catch (cause) {
    if (signal?.aborted) {
      return new UploadError('aborted', 'The upload was cancelled', { cause: signal.reason });
    }
    if (cause instanceof UploadError) return cause;
    return new UploadError('network', 'The connection to the server failed', { cause });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** Rejects on abort even if the caller's function ignores the signal. */
async function signatureFor(
  file: Blob,
  token: string | UploadTokenFunction,
  attempt: number,
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted();
  if (typeof token === 'string') return token;
  const ended = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
  return Promise.race([ended, callToken(token, file, attempt, signal)]);
}

async function callToken(
  token: UploadTokenFunction,
  file: Blob,
  attempt: number,
  signal: AbortSignal,
) {
  try {
    return await token(file, { attempt, signal });
  } catch (cause) {
    if (cause instanceof UploadError) throw cause;
    throw new UploadError('token', 'The upload could not be signed', { cause });
  }
}

function uploadUrl(url: string): string {
  const base = url.replace(/\/+$/, '');
  return base.endsWith('/v1/upload') ? base : `${base}/v1/upload`;
}
