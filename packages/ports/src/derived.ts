import type { ByteRange, ObjectBody } from './objects.js';

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

/**
 * One side of a {@link DerivedStore}. An entry is named by its master's object id and a name of lower-case
 * letters, digits, `.` and `-`, at most 100 characters. Entries never change; an id is never used for
 * another master.
 */
export interface DerivedSide {
  /** Largest entry that `set` keeps, in bytes. */
  readonly maxEntryBytes: number;
  get(objectId: string, name: string): Promise<DerivedBody | null>;
  /** Resolves with whether the entry is kept: a store may decline it. */
  set(objectId: string, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean>;
  /** Idempotent. */
  remove(objectId: string, name: string): Promise<void>;
  /** The names of one master's entries that begin with a prefix. */
  names(objectId: string, prefix: string): Promise<readonly string[]>;
}

/**
 * Bytes derived from masters: variants, and copies of public masters. They can be made again, so a lost entry
 * costs only time. One bound in bytes covers both sides: the least recently read entries are evicted first.
 *
 * The sides share no entry. Only code behind the access check is given the private one.
 */
export interface DerivedStore {
  readonly public: DerivedSide;
  readonly private: DerivedSide;
  /** Removes every entry of one master from both sides. Idempotent. Reads in progress complete. */
  drop(objectId: string): Promise<void>;
}
