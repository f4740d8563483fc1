/** Part of an object, in bytes: from `start`, `length` long. */
export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/** A file on this machine that the host may send in its own way. */
export interface LocalFile {
  readonly path: string;
}

/** A readable run of bytes of known length. */
export interface ObjectBody {
  readonly length: number;
  /** The bytes themselves, where the store held or fetched them whole. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /**
   * Copies the bytes into a buffer of the caller's, exactly `length` long, and returns when they are
   * there: for objects that are small and on this machine. Throws when they cannot be read.
   */
  readonly copyTo?: (target: Uint8Array) => void;
  /** The file and range, where the object is a file on this machine. */
  readonly file?: LocalFile & ByteRange;
  /**
   * The bytes piece by piece, where the store has them so: for hosts whose own streams are not those of
   * the web. Lazy like `stream`.
   */
  readonly chunks?: () => AsyncIterable<Uint8Array>;
  /** The bytes as a stream. Lazy: nothing is opened until it is read. */
  stream(): ReadableStream<Uint8Array>;
}

/** An object being written. Exactly one of `commit` and `discard` ends it. */
export interface ObjectDraft {
  /**
   * Appends bytes, which must not change any more; resolves when the next may come. Rejects with
   * {@link StorageFullError}: for these bytes or earlier ones. What is told of none is told of the next
   * call.
   */
  write(chunk: Uint8Array): Promise<void>;
  /** What has been written, for inspection. No `write` may follow. */
  readBack(): Promise<ObjectBody>;
  /**
   * Makes the object durable and visible.
   *
   * @returns its id, size in bytes and SHA-256 (lower-case hexadecimal)
   */
  commit(): Promise<{ readonly id: string; readonly size: number; readonly sha256: string }>;
  /** Leaves nothing behind. May be called at any time, more than once; after `commit` it does nothing. */
  discard(): Promise<void>;
}

/**
 * Immutable blobs under ids that are never used twice. A store that is away rejects with
 * {@link StorageUnavailableError}.
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
  /** Idempotent. A read that has begun ends well. */
  remove(id: string): Promise<void>;
  /** Rejects when the store cannot be written to. */
  ping(): Promise<void>;
}
