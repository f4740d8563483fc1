import type { ObjectBody } from './objects.js';

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

/** An object that a store keeps. */
export interface StoredObject {
  readonly id: string;
  /** In bytes. */
  readonly size: number;
  /** When it was written, by the store's clock, in Unix milliseconds. */
  readonly modifiedAt: number;
}

/** What an abandoned upload left behind: a draft, a spooled file, parts of a large object. */
export interface AbandonedUpload {
  /** For people: what it is and where. */
  readonly name: string;
  /** In bytes, as far as the store tells. */
  readonly size: number;
  /** In Unix milliseconds. */
  readonly modifiedAt: number;
  /** Idempotent. */
  remove(): Promise<void>;
}

/**
 * Everything that a store keeps, for maintenance and not for requests. Listings come in pages and hold one
 * page in memory at most. What is written or removed while a listing runs may be in it or not.
 */
export interface ObjectInventory {
  /** Every object, ids ascending. */
  objects(): AsyncIterable<readonly StoredObject[]>;
  /** Everything half written, uploads in progress included. */
  abandonedUploads(): AsyncIterable<readonly AbandonedUpload[]>;
  /** Whether there is such an object now. */
  has(id: string): Promise<boolean>;
  /** Idempotent. */
  removeObject(id: string): Promise<void>;
}
/** What the row of an image says about its object. */
export interface ObjectRow {
  readonly objectId: string;
  readonly project: string;
  readonly key: string;
  /** In bytes. */
  readonly size: number;
  readonly sha256: string;
  /** Whether its project is being deleted: the object is then removed before its record. */
  readonly isProjectDeleting: boolean;
}

/** The rows of images by the objects that they name, of every project. Every call sees the latest commit. */
export interface ObjectRows {
  /**
   * A page of rows, object ids ascending.
   *
   * @param id the last one of the page before; an empty text for the first page
   * @param limit 1 to 1000
   */
  after(id: string, limit: number): Promise<readonly ObjectRow[]>;
  /**
   * Rows that name these objects now.
   *
   * @param ids up to 1000
   */
  naming(ids: readonly string[]): Promise<readonly ObjectRow[]>;
  /** How many rows there are, and the bytes of their objects. */
  totals(): Promise<{ readonly images: number; readonly bytes: number }>;
}
