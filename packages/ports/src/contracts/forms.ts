import { joinBytes } from './bytes.js';

export const BOUNDARY = 'x-the-boundary';

const text = new TextEncoder();

/** The `file` part of a form. */
export function filePart(bytes: Uint8Array, disposition = 'name="file"; filename="photo.jpg"') {
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\nContent-Type: image/jpeg\r\n\r\n`;
  return joinBytes([text.encode(head), bytes, text.encode('\r\n')]);
}

/** A part of text. */
export function textPart(name: string, value: string) {
  return text.encode(
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
}

/** A whole form. */
export function form(...parts: readonly Uint8Array[]) {
  return joinBytes([...parts, text.encode(`--${BOUNDARY}--\r\n`)]);
}

/** A request whose body is these chunks, each produced when the previous one was read. */
export function chunkedRequest(
  chunks: Iterable<Uint8Array<ArrayBuffer>>,
  contentType: string | null = `multipart/form-data; boundary=${BOUNDARY}`,
): Request {
  const source = chunks[Symbol.iterator]();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull(controller) {
        const { value, done } = source.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    },
    { highWaterMark: 0 },
  );
  return streamRequest(body, contentType);
}

export function streamRequest(
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
  contentType: string | null = `multipart/form-data; boundary=${BOUNDARY}`,
): Request {
  const headers = new Headers();
  if (contentType !== null) headers.set('Content-Type', contentType);
  // The Fetch Standard wants it for a body that is a stream; DOM's types do not know it yet.
  const init: RequestInit & { duplex: 'half' } = { method: 'POST', headers, body, duplex: 'half' };
  return new Request('http://localhost/v1/upload', init);
}

/** Cuts bytes into chunks of one size. */
export function* cut(bytes: Uint8Array<ArrayBuffer>, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
