/** An object that a store keeps. */
export interface StoredObject {
  readonly id: string;
  /** In bytes. */
  readonly size: number;
  /** When it was written, by the store's clock, in Unix milliseconds. */
  readonly modifiedAt: number;
}

/** The variants of one master, taken together. */
export interface StoredVariants {
  /** Of the master. */
  readonly id: string;
  readonly count: number;
  /** In bytes. */
  readonly size: number;
  /** When the newest of them was written, in Unix milliseconds. */
  readonly modifiedAt: number;
}

/** What an upload left that never came to its end: a draft, a spooled file, parts of a large object. */
export interface Leftover {
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
 * All that a store keeps, for whoever tidies it: not for the way of a request. Listings come in pages and
 * hold no more than one. What is written or removed while one runs may be in it or not.
 */
export interface ObjectInventory {
  /** Every object, ids ascending. */
  objects(): AsyncIterable<readonly StoredObject[]>;
  /** Every master that has variants, whether it is there or not, ids ascending. */
  variants(): AsyncIterable<readonly StoredVariants[]>;
  /** What is half written, uploads under way included. */
  leftovers(): AsyncIterable<readonly Leftover[]>;
  /** Whether there is such an object now. */
  has(id: string): Promise<boolean>;
  /** Idempotent. */
  removeObject(id: string): Promise<void>;
  /** Removes every variant of a master. Idempotent. */
  removeVariants(id: string): Promise<void>;
}
