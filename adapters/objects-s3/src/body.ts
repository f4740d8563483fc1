import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ByteRange, bytesBody, type ObjectBody } from '@auraimage/ports';
import { readBytes } from './answers.js';
import type { S3Client } from './client.js';
import { S3Failure } from './failure.js';
import { getObject, type OpenObject } from './get.js';
import { asProblem, orUnavailable } from './problem.js';

/** Largest range that is fetched whole before it is returned, in bytes. */
const SMALL_BYTES = 256 * 1024;
/** How long a response of the store waits for its reader, in milliseconds. */
const HELD_MS = 2000;
/** How often an interrupted response is resumed. */
const MAX_RESUMES = 4;
/** The first backoff before resuming, in milliseconds. It doubles each time. */
const RESUME_MS = 20;

type Facts = Pick<OpenObject, 'total' | 'etag' | 'sha256'>;

/**
 * Opens an object or a part of it; `null` if there is none. A small one is then complete in memory and verified.
 * A large one has started to arrive.
 *
 * @param range absent: the whole object
 */
export async function openBody(
  client: S3Client,
  key: string,
  range?: ByteRange,
): Promise<ObjectBody | null> {
  const read = async (object: OpenObject): Promise<ObjectBody> => {
    const { total, length, etag, sha256, body } = object;
    const part = range ?? { start: 0, length };
    if (length > SMALL_BYTES) {
      return remoteBody(client, key, { total, etag, sha256 }, part, hold(body));
    }
    const bytes = await readBytes(body, length);
    const check = digestFor(object, part);
    check?.update(bytes);
    if (check !== null && check.digest('hex') !== sha256) throw corrupt(key);
    return bytesBody(bytes);
  };
  return orUnavailable(getObject(client, key, range, read));
}

function remoteBody(
  client: S3Client,
  key: string,
  facts: Facts,
  range: ByteRange,
  held?: Held,
): ObjectBody {
  const chunks = () => deliver(client, key, facts, range, held?.take());
  return {
    length: range.length,
    chunks,
    stream: () => Readable.toWeb(Readable.from(chunks())) as ReadableStream<Uint8Array>,
  };
}

/** Yields every byte of the range, or fails. The bytes of a whole object are verified. */
async function* deliver(
  client: S3Client,
  key: string,
  facts: Facts,
  { start, length }: ByteRange,
  first: Readable | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const end = start + length;
  const check = digestFor(facts, { start, length });
  let at = start;
  let body = first;
  let resumes = 0;
  try {
    while (at < end) {
      body ??= await reopen(client, key, facts, { start: at, length: end - at });
      const chunk = await nextChunk(body);
      if (chunk === null) {
        if (++resumes > MAX_RESUMES) throw asProblem(new S3Failure('broken', { detail: key }));
        body.destroy();
        body = undefined;
        await sleep(RESUME_MS * 2 ** resumes * (1 + Math.random()));
        continue;
      }
      at += chunk.length;
      check?.update(chunk);
      // Verified before the last chunk is yielded, because it completes the picture for the reader.
      const isWhole = at < end || check === null || check.digest('hex') === facts.sha256;
      if (at > end || !isWhole) throw asProblem(corrupt(key));
      yield chunk;
    }
  } finally {
    body?.destroy();
  }
}

async function reopen(
  client: S3Client,
  key: string,
  { etag }: Facts,
  range: ByteRange,
): Promise<Readable> {
  const options = etag === '' ? {} : { etag };
  const body = await orUnavailable(getObject(client, key, range, ({ body }) => body, options));
  if (body === null) throw asProblem(new S3Failure('NoSuchKey', { detail: key }));
  return body;
}

/** `null`: the response was interrupted, or ended. */
async function nextChunk(body: Readable): Promise<Uint8Array | null> {
  for (;;) {
    const chunk: Uint8Array | null = body.read();
    if (chunk !== null) return chunk;
    if (body.readableEnded || body.destroyed) return null;
    await new Promise<void>((resolve) => {
      const events = ['readable', 'end', 'error', 'close'] as const;
      const wake = () => {
        for (const event of events) body.off(event, wake);
        resolve();
      };
      for (const event of events) body.on(event, wake);
    });
  }
}

/** A hash for the whole object, if its SHA-256 is known. */
function digestFor({ total, sha256 }: Facts, { start, length }: ByteRange) {
  return start === 0 && length === total && sha256 !== undefined ? createHash('sha256') : null;
}

function corrupt(key: string): S3Failure {
  return new S3Failure('corrupt', { detail: `${key}: another SHA-256 than when it was stored` });
}

/** A response with a read timeout. Without one, an unread response would keep its connection forever. */
interface Held {
  /** At most once, and only before its timeout. */
  take(): Readable | undefined;
}

function hold(body: Readable): Held {
  let held: Readable | undefined = body;
  const timer = setTimeout(() => {
    held = undefined;
    body.destroy();
  }, HELD_MS);
  timer.unref();
  return {
    take() {
      clearTimeout(timer);
      const taken = held;
      held = undefined;
      return taken;
    },
  };
}
