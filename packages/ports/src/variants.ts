import type { ByteRange, ObjectBody } from './objects.js';

/** A body that gives parts of itself. */
export interface VariantBody extends ObjectBody {
  /** A part, read no sooner than it is sent and without the rest. The range must lie inside. */
  slice(range: ByteRange): ObjectBody;
}

/**
 * Bytes made from masters, kept so that they need not be made again: losing an entry costs time,
 * nothing else. An entry is named by its master's object id and a name of lower-case letters, digits,
 * `.` and `-`, at most 100 characters. Entries never change; an id is never used for another master.
 */
export interface VariantStore {
  get(objectId: string, name: string): Promise<VariantBody | null>;
  /** Resolves with whether the entry is kept: a store may decline. */
  set(objectId: string, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean>;
  /** Idempotent, like `drop`. */
  remove(objectId: string, name: string): Promise<void>;
  /** How many entries of one master are kept whose names begin so. */
  count(objectId: string, prefix: string): Promise<number>;
  /** Removes every entry of one master. A read that has begun ends well. */
  drop(objectId: string): Promise<void>;
}

/** A store near the reader, for public images: bounded by bytes, the least recently read go first. */
export interface EdgeCache extends VariantStore {
  /** Largest entry that `set` keeps, in bytes. */
  readonly maxEntryBytes: number;
}
