import { keepAlive } from './keep-alive.js';

/** Of the runtime: a stream whose reader knows its length in bytes. */
declare const FixedLengthStream: new (length: number) => TransformStream<Uint8Array, Uint8Array>;

/** How long a client may go on sending a body that was refused, in milliseconds. */
const LINGER_MS = 5000;
/** How often to look whether the reader of a form has stopped, in milliseconds. */
const STOP_MS = 20;
/** Most bytes that are read at once. */
const CHUNK_BYTES = 64 * 1024;

/**
 * Sends a refusal at once and reads what is left of the request's body, up to a bound: a client that is still sending
 * would get a reset connection instead of the response (RFC 9112 §9.6). The runtime lets a request be read until its
 * response has ended, so the response ends when the body has.
 *
 * @param maxBytes most bytes that are read
 */
export async function lingerAfter(
  { body, headers }: Request,
  response: Response,
  maxBytes: number,
): Promise<Response> {
  if (response.ok || response.body === null || body === null) return response;
  // JSON was read to its end, or for as long as it may take, and stays locked.
  if (body.locked && !headers.get('content-type')?.startsWith('multipart/')) return response;
  const bytes = new Uint8Array(await response.arrayBuffer());
  // Of this length, so that the client knows the whole response before it ends.
  const { readable, writable } = new FixedLengthStream(bytes.length);
  keepAlive(sendAround(bytes, writable, () => discard(body, maxBytes)));
  return new Response(readable, response);
}

async function sendAround(
  bytes: Uint8Array<ArrayBuffer>,
  writable: WritableStream<Uint8Array>,
  meanwhile: () => Promise<void>,
): Promise<void> {
  const writer = writable.getWriter();
  // The client may disconnect while it sends: the response ends all the same.
  const [written] = await Promise.allSettled([writer.write(bytes), meanwhile()]);
  await (written.status === 'fulfilled' ? writer.close() : writer.abort(written.reason));
}

async function discard(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<void> {
  let isLate = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => {
      isLate = true;
      resolve('late');
    }, LINGER_MS);
  });
  try {
    // The reader of a refused form may still wait for a chunk, with which it stops.
    while (body.locked && !isLate) await new Promise((resolve) => setTimeout(resolve, STOP_MS));
    if (isLate) return;
    const reader = body.getReader({ mode: 'byob' });
    for (let left = maxBytes; left > 0; ) {
      const read = await Promise.race([reader.read(new Uint8Array(CHUNK_BYTES)), late]);
      if (read !== 'late' && read.done) return;
      left -= read === 'late' ? left : read.value.length;
    }
    // Not awaited: what the client still sends must not delay the end of the response. It rejects if the client has
    // disconnected, which ends the body too.
    reader.cancel().catch(() => {});
  } finally {
    clearTimeout(timer);
  }
}
