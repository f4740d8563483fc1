/** Part of an object, in bytes: from `start`, `length` long. */
export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/** A file on this machine that the host may send in its own way. */
export interface LocalFile {
  readonly path: string;
}

/** Readable bytes of known length. */
export interface ObjectBody {
  readonly length: number;
  /** The bytes themselves, if the store has them all in memory. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /**
   * Copies the bytes synchronously into the caller's buffer, which is exactly `length` long. Only small
   * objects on this machine have it. Throws if they cannot be read.
   */
  readonly copyTo?: (target: Uint8Array) => void;
  /** The file and range, if the object is a file on this machine. */
  readonly file?: LocalFile & ByteRange;
  /**
   * The bytes chunk by chunk, if the store can give them so: for hosts whose native streams are not web
   * streams. Lazy like `stream`.
   */
  readonly chunks?: () => AsyncIterable<Uint8Array>;
  /** The bytes as a stream. Lazy: nothing is opened until it is read. */
  stream(): ReadableStream<Uint8Array>;
}

/** An object being written. Exactly one of `commit` and `discard` ends it. */
export interface ObjectDraft {
  /**
   * Appends bytes, which must not change any more. Resolves when the next bytes may be written. Rejects with
   * {@link StorageFullError} if these bytes or earlier ones could not be written: a failure after the last
   * `write` rejects the next call of the draft.
   */
  write(chunk: Uint8Array): Promise<void>;
  /** The bytes written so far, for inspection. No `write` may follow. */
  readBack(): Promise<ObjectBody>;
  /**
   * Makes the object durable and visible.
   *
   * @returns its id, size in bytes and SHA-256 (lower-case hexadecimal)
   */
  commit(): Promise<{ readonly id: string; readonly size: number; readonly sha256: string }>;
  /** Removes the draft. May be called at any time, more than once; after `commit` it does nothing. */
  discard(): Promise<void>;
}

/**
 * Immutable blobs. Ids are never used twice. Calls reject with {@link StorageUnavailableError} if the store is
 * unavailable.
 */
export interface ObjectStore {
  create(): Promise<ObjectDraft>;
  /**
   * Opens an object, or a part of it. The range must lie inside the object.
   * `null` when there is no such object.
   *
   * @param range the whole object is `{ start: 0, length: size }`; callers know the size from the record
   */
  read(id: string, range: ByteRange): Promise<ObjectBody | null>;
  /** Idempotent. Reads in progress complete. */
  remove(id: string): Promise<void>;
  /** Rejects if the store cannot be written to. */
  ping(): Promise<void>;
}
