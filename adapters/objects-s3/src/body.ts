import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ByteRange, bytesBody, type ObjectBody } from '@auraimage/ports';
import { readBytes } from './answers.js';
import type { S3Client } from './client.js';
import { S3Failure } from './failure.js';
import { getObject, type OpenObject } from './get.js';
import { asProblem, orUnavailable } from './problem.js';

/** What is not larger is fetched whole before anything is answered, in bytes. */
const SMALL_BYTES = 256 * 1024;
/** How long an answer of the store waits for its reader, in milliseconds. */
const HELD_MS = 2000;
/** How often an answer that breaks off is taken up again where it broke off. */
const MAX_RESUMES = 4;
/** The wait before that, which doubles each time, in milliseconds. */
const RESUME_MS = 20;

type Facts = Pick<OpenObject, 'total' | 'etag' | 'sha256'>;

/**
 * Opens an object or a part of it; `null` when there is none. Small ones are in memory then, whole and
 * checked; of large ones the first bytes are on their way.
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

/** Every byte of the range, or an error: never fewer, and of a whole object never others. */
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
      // Before the last bytes go out: their reader takes them for the end of a whole picture.
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

/** `null`: the answer broke off, or ended. */
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

/** For what is the whole object, where its SHA-256 is known. */
function digestFor({ total, sha256 }: Facts, { start, length }: ByteRange) {
  return start === 0 && length === total && sha256 !== undefined ? createHash('sha256') : null;
}

function corrupt(key: string): S3Failure {
  return new S3Failure('corrupt', { detail: `${key}: another SHA-256 than when it was stored` });
}

/** An answer that is given up when nobody reads it: else it would keep its connection for good. */
interface Held {
  /** Once at most, and only while it is held. */
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
