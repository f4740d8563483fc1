import type { ObjectBody } from './objects.js';

/** Size and hash that an object must have. */
export interface ObjectFacts {
  /** In bytes. */
  readonly size: number;
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}

/**
 * How thoroughly an object is verified. `size`: only its length. `noted`: its SHA-256 as recorded by the store
 * at the upload; if none was recorded, the SHA-256 of its bytes. `bytes`: the SHA-256 of all its bytes, read
 * now.
 */
export type CheckDepth = 'size' | 'noted' | 'bytes';

/** Imports objects that have an id already, from another store or a backup. */
export interface ObjectImport {
  /**
   * Verifies an object; `null` if there is none. After `size` the SHA-256 may be unknown. It is an empty text
   * if the store itself reports that the bytes are damaged.
   */
  check(
    id: string,
    depth: CheckDepth,
  ): Promise<{ readonly size: number; readonly sha256: string | null } | null>;
  /**
   * Stores an object durably. It becomes visible only when it is complete and verified. An existing object
   * with this id is replaced, or left if it is the same.
   *
   * @throws {ObjectMismatchError} if the body has another size or hash; it does not become visible
   * @throws {TypeError} for a text that is not an object id
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

/** Data of an abandoned upload: a draft, a spooled file, parts of a large object. */
export interface AbandonedUpload {
  /** For people: its kind and place. */
  readonly name: string;
  /** In bytes, as far as the store reports it. */
  readonly size: number;
  /** In Unix milliseconds. */
  readonly modifiedAt: number;
  /** Idempotent. */
  remove(): Promise<void>;
}

/**
 * Lists everything that a store keeps, for maintenance and not for requests. Listings come in pages and hold
 * at most one page in memory. They may or may not include what is written or removed while they run.
 */
export interface ObjectInventory {
  /** Every object whose id begins with a text, ids ascending. Default: all. */
  objects(prefix?: string): AsyncIterable<readonly StoredObject[]>;
  /** Every unfinished upload, including those in progress. */
  abandonedUploads(): AsyncIterable<readonly AbandonedUpload[]>;
  /** Whether the object exists now. */
  has(id: string): Promise<boolean>;
  /** Idempotent. */
  removeObject(id: string): Promise<void>;
}
/** An image's row, as far as it concerns its object. */
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

/** The rows of the images of all projects, by object id. Every call sees the latest commit. */
export interface ObjectRows {
  /**
   * A page of rows, object ids ascending.
   *
   * @param id the last one of the previous page; an empty text for the first page
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
