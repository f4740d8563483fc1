import type { ObjectBody } from './object-store.js';

/** What an object has to be. */
export interface ObjectFacts {
  /** In bytes. */
  readonly size: number;
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}

/**
 * How sure somebody wants to be of an object. `size`: its length is enough. `noted`: its SHA-256, as the
 * store noted it when it took the bytes in; where it noted none, that of its bytes. `bytes`: the SHA-256
 * of the bytes that are there now, each of them read.
 */
export type CheckDepth = 'size' | 'noted' | 'bytes';

/** Takes objects in that have their ids already: from another store, or a backup. */
export interface ObjectImport {
  /**
   * Looks at an object; `null` when there is none. After `size` the SHA-256 may be unknown. It is an empty
   * text for bytes that the store itself knows to be damaged.
   */
  check(
    id: string,
    depth: CheckDepth,
  ): Promise<{ readonly size: number; readonly sha256: string | null } | null>;
  /**
   * Stores an object durably. It is visible when all of it is there and is what it has to be, and no
   * sooner. One that is there already under this id is replaced, or left where it is the same.
   *
   * @throws {ObjectMismatchError} when the body is another one; nothing is visible of it
   * @throws {TypeError} for a text that is no object id
   */
  put(id: string, facts: ObjectFacts, body: ObjectBody): Promise<void>;
  /** Idempotent. */
  remove(id: string): Promise<void>;
}

/** Thrown by {@link ObjectImport.put} for bytes that are not those that their row tells of. */
export class ObjectMismatchError extends Error {
  readonly code = 'object_mismatch';
  override readonly name = 'ObjectMismatchError';
  constructor(expected: ObjectFacts, found: ObjectFacts) {
    super(
      `the bytes are not those that were uploaded: ${found.size} bytes with SHA-256 ${found.sha256}, not ${expected.size} with ${expected.sha256}`,
    );
  }
}
