import type { ServerResponse } from 'node:http';
import type { Answer } from '@auraimage/http';
import type { ObjectBody } from '@auraimage/ports';
import { andThen, type MaybePromise } from '@auraimage/protocol';
import { type Piece, readPieces, readWhole } from './send-file.js';

export interface SendFailures {
  /** Called when a body ends early, unless the client disconnected: the response cannot be changed any more. */
  readonly onFailure: (failure: unknown) => void;
  /** The response to send instead of a body of which not even the first bytes can be read. Its own body is a text. */
  readonly onUnreadable: (failure: unknown) => Answer;
}

/**
 * Sends a response in the cheapest way that its body allows. Never throws or rejects: a failure is reported, and ends the
 * connection unless another response can be sent instead.
 */
export function sendAnswer(
  outgoing: ServerResponse,
  answer: Answer,
  failures: SendFailures,
): MaybePromise<void> {
  const { status, headers, body } = answer;
  const fail = (failure: unknown): MaybePromise<void> => {
    const isRead = body !== null && typeof body === 'object' && body.bytes === undefined;
    if (isRead && !outgoing.headersSent)
      return sendAnswer(outgoing, failures.onUnreadable(failure), failures);
    if (!outgoing.destroyed) failures.onFailure(failure);
    outgoing.destroy(); // never let a short body look complete
  };
  try {
    if (body === null) {
      outgoing.writeHead(status, headers).end();
    } else if (typeof body === 'string') {
      headers['Content-Length'] = String(Buffer.byteLength(body));
      outgoing.writeHead(status, headers).end(body);
    } else if (body.bytes !== undefined) {
      outgoing.writeHead(status, headers).end(body.bytes);
    } else {
      const sending = sendBody(outgoing, answer, body);
      return sending instanceof Promise ? sending.catch(fail) : sending;
    }
  } catch (failure) {
    return fail(failure);
  }
}

type Head = Pick<Answer, 'status' | 'headers'>;

/** Throws or rejects if the body cannot be read. Until the first bytes are read, nothing is sent. */
function sendBody(outgoing: ServerResponse, head: Head, body: ObjectBody): MaybePromise<void> {
  const { file } = body;
  if (file?.open === undefined) return sendPieces(outgoing, head, chunksOf(body));
  const { start, length, open } = file;
  const sendable = { start, length, open };
  // Most files are sent before this function returns: the caller then needs no timer.
  return andThen(readWhole(sendable), (whole) =>
    whole === null
      ? sendPieces(outgoing, head, readPieces(sendable))
      : sendWhole(outgoing, head, whole),
  );
}

function sendWhole(outgoing: ServerResponse, { status, headers }: Head, piece: Piece): void {
  if (outgoing.destroyed) {
    piece.release();
    return;
  }
  try {
    outgoing.writeHead(status, headers).end(piece.bytes);
  } catch (error) {
    piece.release();
    throw error;
  }
  if (outgoing.writableLength === 0) piece.release();
  else outgoing.once('close', piece.release);
}

/** Sends each piece when the kernel has the one before. Throws the failures of the pieces. */
async function sendPieces(
  outgoing: ServerResponse,
  { status, headers }: Head,
  pieces: AsyncIterable<Piece>,
): Promise<void> {
  let wake = () => {};
  outgoing.once('close', () => wake());
  for await (const { bytes, release } of pieces) {
    try {
      if (outgoing.destroyed) return;
      if (!outgoing.headersSent) outgoing.writeHead(status, headers);
      await new Promise<void>((resolve) => {
        wake = resolve;
        outgoing.write(bytes, () => resolve());
      });
    } finally {
      release();
    }
  }
  if (!outgoing.headersSent) outgoing.writeHead(status, headers);
  outgoing.end();
}

async function* chunksOf({ chunks, stream }: ObjectBody): AsyncGenerator<Piece> {
  for await (const bytes of chunks?.() ?? stream()) {
    yield { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), release() {} };
  }
}
