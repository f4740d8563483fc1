import type { ByteRange, ObjectBody, OpenFile, SendableFile } from './objects.js';

/** A body of which parts can be read. */
export interface DerivedBody extends ObjectBody {
  /** A part of it. Lazy: only this part is read, when it is sent. The range must lie inside. */
  slice(range: ByteRange): ObjectBody;
}

/** Bytes in memory as a body. */
export function bytesBody(bytes: Uint8Array<ArrayBuffer>): DerivedBody {
  return {
    length: bytes.length,
    bytes,
    stream: () => new Blob([bytes]).stream(),
    slice: ({ start, length }) => bytesBody(bytes.subarray(start, start + length)),
  };
}

/** A file or a range of it as a body. Nothing is opened before it is read. */
export function fileBody(file: SendableFile): DerivedBody {
  return {
    length: file.length,
    file,
    stream: () => streamOf(file),
    slice: ({ start, length }) => fileBody({ ...file, start: file.start + start, length }),
  };
}

const CHUNK_BYTES = 256 * 1024;

function streamOf(file: SendableFile): ReadableStream<Uint8Array> {
  const end = file.start + file.length;
  let at = file.start;
  let opened: OpenFile | undefined;
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          opened ??= await file.open();
          const chunk = new Uint8Array(Math.min(CHUNK_BYTES, end - at));
          await opened.read(chunk, at);
          at += chunk.length;
          if (chunk.length > 0) controller.enqueue(chunk);
          if (at < end) return;
          opened.close();
          controller.close();
        } catch (error) {
          opened?.close();
          throw error;
        }
      },
      cancel: () => opened?.close(),
    },
    { highWaterMark: 0 },
  );
}

/**
 * A stream that is opened when it is first read.
 *
 * @param open rejects if there is nothing to read
 */
export function openedWhenRead(
  open: () => Promise<ReadableStream<Uint8Array>>,
): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  return new ReadableStream(
    {
      async pull(controller) {
        reader ??= (await open()).getReader();
        const { value, done } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader?.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** A master, and the project whose share of the store its entries take. */
export interface DerivedOwner {
  readonly objectId: string;
  /** Name of the project: 1 to 40 characters of `a-z`, `0-9` and `-`. */
  readonly project: string;
}

/**
 * Why an entry is removed. `variants`: its image had the maximum number of variants; `stale`: its image was
 * deleted, flipped or replaced, or another version of the engine makes other bytes; `replaced`: smaller bytes of
 * the same variant are kept.
 */
export type RemovalReason = 'variants' | 'stale' | 'replaced';

/**
 * One side of a {@link DerivedStore}. An entry is named by its master's object id and a name of lower-case
 * letters, digits, `.` and `-`, at most 148 characters. Entries never change; an id is never used for
 * another master.
 */
export interface DerivedSide {
  /** Largest entry that `set` keeps, in bytes. */
  readonly maxEntryBytes: number;
  /** @param as `file`: its file, if there is one, for a reader in another process; as bytes, if not */
  get(objectId: string, name: string, as?: 'file'): Promise<DerivedBody | null>;
  /** Resolves with whether the entry is kept: a store may decline it. */
  set(owner: DerivedOwner, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean>;
  /** Idempotent. */
  remove(objectId: string, name: string, reason: RemovalReason): Promise<void>;
  /**
   * The names of one master's entries that begin with a prefix, the least recently read first. Entries that are only in a
   * shared cache are missing.
   */
  names(objectId: string, prefix: string): Promise<readonly string[]>;
}

/**
 * Bytes derived from masters: variants, and copies of public masters. They can be made again, so a lost entry
 * costs only time. One bound in bytes covers both sides.
 *
 * Public entries, and no others, may also be in a shared cache that cannot be listed and evicts them by itself. `drop`
 * and `objects` do not know these entries; they must expire.
 *
 * Every project has an equal share of the bound. A full store evicts the least recently read entry of the
 * project that takes the most, so no project can take another's share. Only entries that were not read for a
 * day are evicted whatever their project takes.
 *
 * The sides share no entry. Only code behind the access check is given the private one.
 */
export interface DerivedStore {
  readonly public: DerivedSide;
  readonly private: DerivedSide;
  /** Removes every listed entry of one master from both sides. Idempotent. Reads in progress complete. */
  drop(objectId: string): Promise<void>;
  /**
   * The ids of the masters that have entries, in batches. An id may come twice. Entries that are set or removed
   * meanwhile may be missed.
   *
   * @param limit most ids of a batch, at least 1
   */
  objects(limit: number): AsyncIterable<readonly string[]>;
}
