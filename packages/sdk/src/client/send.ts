import type { UploadResult } from './types.js';
import { UploadError, type UploadErrorKind } from './upload-error.js';

/** One upload request. */
export interface UploadRequest {
  readonly url: string;
  readonly token: string;
  readonly form: FormData;
  readonly signal: AbortSignal;
  readonly onProgress: (loaded: number, total: number) => void;
}

/** The response, whatever its status. */
export interface UploadResponse {
  readonly status: number;
  readonly text: string;
  /** `null` if the server did not send the header or does not expose it to other origins. */
  readonly header: (name: string) => string | null;
}

/**
 * Sends the form: with XMLHttpRequest where it exists, since only it reports upload progress, and with
 * fetch in Node and workers.
 *
 * @throws any error if no response came
 */
export function send(request: UploadRequest): Promise<UploadResponse> {
  return typeof XMLHttpRequest === 'function' ? sendByXhr(request) : sendByFetch(request);
}

async function sendByFetch({ url, token, form, signal }: UploadRequest): Promise<UploadResponse> {
  const headers = { 'X-Aura-Signature': token };
  const response = await fetch(url, { method: 'POST', headers, body: form, signal });
  const text = await response.text();
  return { status: response.status, text, header: (name) => response.headers.get(name) };
}

function sendByXhr({
  url,
  token,
  form,
  signal,
  onProgress,
}: UploadRequest): Promise<UploadResponse> {
  return new Promise((resolve, reject) => {
    // A signal that was aborted earlier fires no event.
    signal.throwIfAborted();
    const xhr = new XMLHttpRequest();
    const abort = () => xhr.abort();
    signal.addEventListener('abort', abort);
    xhr.onloadend = () => {
      signal.removeEventListener('abort', abort);
      const { status, responseText: text } = xhr;
      if (status === 0) return reject(new Error('no response'));
      // getResponseHeader() logs an error for a header that is not exposed; the list does not.
      const list = xhr.getAllResponseHeaders();
      const header = (name: string) =>
        new RegExp(`^${name}: *(.*?)\\s*$`, 'im').exec(list)?.[1] ?? null;
      resolve({ status, text, header });
    };
    xhr.upload.onprogress = ({ loaded, total }) => onProgress(loaded, total);
    xhr.open('POST', url);
    xhr.setRequestHeader('X-Aura-Signature', token);
    xhr.send(form);
  });
}

/**
 * Reads the result of a response.
 *
 * @throws {UploadError} if the response is not a result
 */
export function readResult({ status, text, header }: UploadResponse): UploadResult {
  const body = parseObject(text);
  if (status === 201 && typeof body['key'] === 'string' && typeof body['url'] === 'string') {
    return body as unknown as UploadResult;
  }
  const code = header('x-aura-error') ?? undefined;
  const draining = code === 'draining' || header('x-aura-origin-state') === 'draining';
  const kind = draining ? 'draining' : kindOf(status);
  const { message } = body;
  const said = typeof message === 'string' ? message : `The server answered ${status}`;
  const reason =
    kind === 'unexpected' ? `${said}: this is not a response of this CDN, check the url` : said;
  const retryAfterSeconds = secondsIn(header('retry-after'));
  throw new UploadError(kind, reason, { status, code, retryAfterSeconds });
}

function kindOf(status: number): UploadErrorKind {
  if (status === 429) return 'rate_limited';
  if (status >= 500) return 'server';
  return status >= 400 ? 'rejected' : 'unexpected';
}

/** `Retry-After`, a number or a date (RFC 9110 §10.2.3), in whole seconds from now. */
function secondsIn(value: string | null): number | undefined {
  if (value === null) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, Math.ceil(seconds));
}

/** The members of a JSON object; none if the text is something else. */
function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
