import { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { ReceiveError, type ReceiveLimits, type UploadReceiver } from '@auraimage/ports';
import { Busboy, type BusboyFileStream } from '@fastify/busboy';

/** Most bytes of a form beyond its file: part headers, text fields, preamble and epilogue. */
const FORM_ALLOWANCE_BYTES = 64 * 1024;
/** Longest text field; a longer `filename` is truncated. */
const MAX_FIELD_BYTES = 1024;
const MAX_TEXT_FIELDS = 16;
const MAX_PART_HEADER_BYTES = 8 * 1024;
const MAX_PART_HEADERS = 16;
/** Most bytes that are read from a web stream at once. */
const CHUNK_BYTES = 64 * 1024;
/** RFC 2046 §5.1.1: 1 to 70 of these characters, not ending in a space. */
const BOUNDARY = /^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/;
const PARAMETER = /;\s*boundary=(?:"([^"\\]*)"|([^\s;"]+))/gi;

export interface BusboyReceiverOptions {
  /** Returns the Node stream behind a request, which is several times as fast as its web stream. */
  readonly nodeBody?: (request: Request) => Readable | undefined;
}

/**
 * Parses multipart forms with busboy. The part named `file` is the file, with or without a file name; any
 * other part with a file name makes the form malformed. Text parts other than `filename` are ignored. Runs in Node and
 * in Workers with `nodejs_compat`.
 *
 * @example
 * const receiver = createBusboyReceiver();
 * await receiver.receive(request, { maxFileBytes: 5e6, signal }, async (chunk) => file.write(chunk));
 */
export function createBusboyReceiver({
  nodeBody = () => undefined,
}: BusboyReceiverOptions = {}): UploadReceiver {
  return {
    async receive(request, limits, onChunk) {
      const contentType = normalizeContentType(request.headers.get('content-type'));
      limits.signal.throwIfAborted();
      const given = nodeBody(request);
      const source = given ?? webBody(request);
      // The host goes on with a stream of its own. Ours is destroyed, or the body of a refused form would stay locked.
      const stop = () => void (given === undefined ? source.destroy() : source.pause());
      return receiveForm({ source, stop }, contentType, limits, onChunk);
    },
  };
}

/**
 * Validates a `Content-Type` and reduces it to its boundary.
 *
 * @throws {ReceiveError} `multipart_required` for another type, `multipart_malformed` for a missing,
 *   repeated or invalid boundary
 */
function normalizeContentType(contentType: string | null): string {
  if (contentType === null || !/^multipart\/form-data\s*(;|$)/i.test(contentType)) {
    throw new ReceiveError('multipart_required');
  }
  const [first, ...more] = contentType.matchAll(PARAMETER);
  const boundary = first?.[1] ?? first?.[2] ?? '';
  if (more.length > 0 || !BOUNDARY.test(boundary)) throw new ReceiveError('multipart_malformed');
  return `multipart/form-data; boundary="${boundary}"`;
}

function webBody({ body }: Request): Readable {
  if (body === null) return Readable.from([]);
  const reader = byteReaderOf(body);
  return reader === null
    ? Readable.fromWeb(body as NodeReadableStream<Uint8Array>)
    : Readable.from(chunksOf(reader), { objectMode: false, highWaterMark: CHUNK_BYTES });
}

/** `null` if the stream has no bytes of its own, as one that a test made. */
function byteReaderOf(body: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | null {
  try {
    return body.getReader({ mode: 'byob' });
  } catch {
    return null;
  }
}

/** Workers give the body of a request in pieces of 4 KiB, unless a reader brings more space: a third of the CPU time. */
async function* chunksOf(reader: ReadableStreamBYOBReader): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      const { value, done } = await reader.read(new Uint8Array(CHUNK_BYTES));
      if (done) return;
      yield value;
    }
  } finally {
    // The host may want what is left of a form that was refused.
    reader.releaseLock();
  }
}

/** Settles once. By then it has removed its listeners and destroyed its parser. */
function receiveForm(
  { source, stop }: { readonly source: Readable; readonly stop: () => void },
  contentType: string,
  { maxFileBytes, signal }: ReceiveLimits,
  onChunk: (chunk: Uint8Array) => Promise<void>,
): Promise<{ filename: string }> {
  return new Promise((resolve, reject) => {
    const parser = new Busboy({
      headers: { 'content-type': contentType },
      isPartAFile: (name, _type, filename) => name === 'file' || filename !== undefined,
      limits: {
        fileSize: maxFileBytes,
        fieldSize: MAX_FIELD_BYTES,
        fields: MAX_TEXT_FIELDS,
        headerPairs: MAX_PART_HEADERS,
        headerSize: MAX_PART_HEADER_BYTES,
      },
    });
    let settled = false;
    let received = 0;
    let file: BusboyFileStream | undefined;
    let sink: Writable | undefined;
    let written: Promise<void> | undefined;
    let ownName = '';
    let givenName: string | undefined;

    const settle = (): boolean => {
      if (settled) return false;
      settled = true;
      signal.removeEventListener('abort', onAbort);
      source.off('data', onData);
      source.off('end', onEnd);
      source.off('close', onClose);
      source.unpipe(parser);
      return true;
    };
    const fail = (error: unknown): void => {
      if (!settle()) return;
      stop();
      file?.destroy();
      sink?.destroy();
      parser.destroy();
      reject(error);
    };
    const refuse = (code: ReceiveError['code']): void => fail(new ReceiveError(code));
    /** Passes on the bytes received so far first, because an unsupported type is reported before the size. */
    const refuseSize = (): void => {
      source.off('data', onData);
      source.unpipe(parser);
      file?.push(null);
      Promise.resolve(written).then(() => refuse('body_too_large'), fail);
    };

    const onAbort = (): void => fail(signal.reason);
    const onData = (chunk: Uint8Array): void => {
      received += chunk.length;
      if (received > maxFileBytes + FORM_ALLOWANCE_BYTES) refuseSize();
    };
    let ended = false;
    const onEnd = (): void => {
      ended = true;
    };
    const onClose = (): void => {
      if (!ended) refuse('body_incomplete');
    };

    parser.on('file', (name, stream, filename) => {
      stream.on('error', () => refuse(ended ? 'body_incomplete' : 'multipart_malformed'));
      if (name !== 'file') return refuse('multipart_malformed');
      if (file !== undefined) return refuse('file_repeated');
      file = stream;
      // What browsers escape: https://html.spec.whatwg.org/#multipart-form-data
      ownName = (filename ?? '').replace(/%(?:0A|0D|22)/g, decodeURIComponent);
      sink = createSink(onChunk);
      stream.pipe(sink);
      written = finished(sink);
      stream.once('limit', refuseSize);
      written.catch(fail);
    });
    parser.on('field', (name, value) => {
      if (name !== 'filename') return;
      if (givenName !== undefined) return refuse('multipart_malformed');
      givenName = value;
    });
    parser.on('fieldsLimit', () => refuse('multipart_malformed'));
    parser.on('error', () => refuse(ended ? 'body_incomplete' : 'multipart_malformed'));
    parser.on('finish', () => {
      if (written === undefined) return refuse('file_missing');
      written.then(() => {
        if (settle()) resolve({ filename: givenName || ownName });
      }, fail);
    });

    signal.addEventListener('abort', onAbort);
    source.on('data', onData);
    source.once('end', onEnd);
    source.once('close', onClose);
    source.on('error', () => refuse('body_incomplete'));
    source.pipe(parser);
  });
}

/** Writes chunk by chunk: `read()` on the stream would join the buffered chunks in a copy. */
function createSink(onChunk: (chunk: Uint8Array) => Promise<void>): Writable {
  return new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      onChunk(chunk).then(() => done(), done);
    },
  });
}
