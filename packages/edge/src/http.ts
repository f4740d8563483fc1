import type { ByteRange, LocalFile, ObjectBody } from './ports.js';

type Headers = Record<string, string>;

const EXPOSED = [
  'Accept-Ranges',
  'Content-Length',
  'Content-Range',
  'ETag',
  'Retry-After',
  'Server-Timing',
  'X-Aura-Error',
  'X-Request-Id',
].join(', ');

/** On every answer: an uploaded file must never act as a page of this origin, whatever it contains. */
const ALWAYS: Headers = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; sandbox",
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': EXPOSED,
  'Timing-Allow-Origin': '*',
};

export const NO_STORE = 'no-store';

const files = new WeakMap<Response, LocalFile & ByteRange>();

/**
 * The file range that is this response's body, for hosts that can send a file better than through a
 * stream. Only where the edge was made with `hostSendsFiles`.
 */
export function fileOf(response: Response): (LocalFile & ByteRange) | undefined {
  return files.get(response);
}

/** Builds every answer of the edge, so that none lacks a header. */
export function answer(
  requestId: string,
  status: number,
  headers: Headers,
  body: BodyInit | null = null,
): Response {
  return new Response(body, {
    status,
    headers: { ...ALWAYS, 'X-Request-Id': requestId, ...headers },
  });
}

/** An answer whose body comes from the object store. */
export function answerObject(
  requestId: string,
  status: number,
  headers: Headers,
  object: ObjectBody,
  hostSendsFiles: boolean,
): Response {
  if (object.bytes !== undefined) return answer(requestId, status, headers, object.bytes);
  if (object.file === undefined || !hostSendsFiles) {
    return answer(requestId, status, headers, object.stream());
  }
  const response = answer(requestId, status, headers);
  files.set(response, object.file);
  return response;
}

export function answerJson(
  requestId: string,
  status: number,
  value: unknown,
  headers: Headers = {},
): Response {
  return answer(
    requestId,
    status,
    { 'Content-Type': 'application/json', 'Cache-Control': NO_STORE, ...headers },
    JSON.stringify(value),
  );
}
