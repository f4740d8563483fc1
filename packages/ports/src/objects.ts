import type { MaybePromise } from '@auraimage/protocol';

/** Part of an object, in bytes: from `start`, `length` long. */
export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/** A range of a file on this machine. The file never changes. */
export interface LocalFile extends ByteRange {
  readonly path: string;
  /**
   * Opens the file for a host that sends it: at once if the store has it open. Throws or rejects if that fails.
   * Absent if the file is not meant to be sent.
   */
  open?(): OpenFile | Promise<OpenFile>;
}

/** A file that a host may send. */
export type SendableFile = Required<LocalFile>;

/** An open file. Its bytes can be read until it is closed, even if the file is removed. */
export interface OpenFile {
  /**
   * Fills the target with the bytes from a position of the file. Returns a promise if it may have to wait for the
   * disk, and nothing if the bytes were in memory and are in the target already.
   *
   * @throws if they cannot be read, or if the file ends before them
   */
  read(target: Uint8Array, position: number): Promise<void> | undefined;
  /** Call it once. */
  close(): void;
}

/** Readable bytes of known length. */
export interface ObjectBody {
  readonly length: number;
  /** The bytes themselves, if the store has them all in memory. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /** The file and range, if the object is a file on this machine: the host may send it in its own way. */
  readonly file?: LocalFile;
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
 * Immutable blobs. Ids are never used twice. Calls throw or reject with {@link StorageUnavailableError} if the store is
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
  read(id: string, range: ByteRange): MaybePromise<ObjectBody | null>;
  /** Idempotent. Reads in progress complete. */
  remove(id: string): Promise<void>;
  /** Rejects if the store cannot be written to. */
  ping(): Promise<void>;
}
