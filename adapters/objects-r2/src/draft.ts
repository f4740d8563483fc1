import { createHash } from 'node:crypto';
import { bytesBody, makeObjectId, type ObjectDraft, type ObjectFacts } from '@auraimage/ports';
import { bodyWhenRead } from './body.js';
import { objectKey, type R2Bucket } from './bucket.js';
import { createPartUpload, type PartUpload } from './part-upload.js';
import { inR2, tooShort } from './problem.js';
import { isStored, putObject } from './put.js';

/**
 * Bytes of a draft that are in memory: a whole file up to this size, one part of a larger one. The smallest part that R2
 * accepts, because an isolate has 128 MB for all its requests.
 */
const PART_BYTES = 5 * 1024 * 1024;
const FIRST_BYTES = 64 * 1024;

/** Key of a file that is larger than {@link PART_BYTES} until it is committed. */
export function draftKey(id: string): string {
  return `drafts/${id}`;
}

/**
 * A file that becomes an object when it is committed. A Worker has no disk: a small file is in memory, a large one is
 * uploaded in parts as `drafts/<id>` and copied by the commit, because its SHA-256 is known only then.
 */
export function createDraft(
  bucket: R2Bucket,
  onCleanFailure: (error: unknown) => void,
): ObjectDraft {
  const id = makeObjectId();
  const hash = createHash('sha256');
  let size = 0;
  let memory = new Uint8Array(0);
  let used = 0;
  let parts: PartUpload | undefined;
  let isDiscarded = false;
  let isCommitted = false;
  /** What was started last. It never rejects. */
  let working: Promise<unknown> = Promise.resolve();
  let facts: Promise<ObjectFacts> | undefined;
  let committing: Promise<void> | undefined;

  const track = <T>(work: Promise<T>): Promise<T> => {
    working = Promise.allSettled([work]);
    return work;
  };

  const append = async (chunk: Uint8Array): Promise<void> => {
    for (let at = 0; at < chunk.length && !isDiscarded; ) {
      if (used === PART_BYTES) {
        parts ??= await createPartUpload(bucket, draftKey(id), onCleanFailure);
        await parts.add(memory);
        used = 0;
        continue;
      }
      const part = chunk.subarray(at, at + PART_BYTES - used);
      memory = withSpace(memory, used, part.length);
      memory.set(part, used);
      used += part.length;
      at += part.length;
    }
  };

  const finish = () => {
    facts ??= track(
      (async () => {
        await parts?.complete(memory.subarray(0, used));
        return { size, sha256: hash.digest('hex') };
      })(),
    );
    return facts;
  };

  const open = async () => {
    if (parts === undefined) return memory.subarray(0, used);
    const draft = await bucket.get(draftKey(id));
    if (draft === null) throw tooShort();
    return draft.body;
  };

  /** R2 may have stored the object although its response was lost. */
  const withdraw = async (object: ObjectFacts) => {
    const key = objectKey(id);
    if (await isStored(bucket, key, object)) await inR2(() => bucket.delete(key));
  };

  return {
    write(chunk) {
      size += chunk.length;
      hash.update(chunk);
      return track(append(chunk));
    },
    async readBack() {
      await finish();
      if (parts === undefined) return bytesBody(memory.subarray(0, used));
      return bodyWhenRead(bucket, draftKey(id), { start: 0, length: size });
    },
    async commit() {
      const object = await finish();
      committing ??= track(putObject(bucket, objectKey(id), object, open));
      await committing;
      isCommitted = true;
      await parts?.remove();
      return { id, ...object };
    },
    async discard() {
      isDiscarded = true;
      await working;
      if (isCommitted) return;
      memory = new Uint8Array(0);
      await parts?.remove();
      if (committing !== undefined) await withdraw(await finish()).catch(onCleanFailure);
    },
  };
}

/** The bytes in use, with space for more. */
function withSpace(
  memory: Uint8Array<ArrayBuffer>,
  used: number,
  more: number,
): Uint8Array<ArrayBuffer> {
  if (used + more <= memory.length) return memory;
  const doubled = Math.max(FIRST_BYTES, 2 * memory.length, used + more);
  const larger = new Uint8Array(Math.min(PART_BYTES, doubled));
  larger.set(memory.subarray(0, used));
  return larger;
}
