import { LRUCache } from 'lru-cache';

const ID = /^[A-Za-z0-9_-]{1,64}$/;
/** Never `.` or `..`. */
const NAME = /^[a-z0-9][a-z0-9.-]{0,99}$/;

/** Separates the parts of a key and of a file's name. No side, id or name contains it. */
export const SEPARATOR = '~';

export const SIDES = ['public', 'private'] as const;
/** A master on one side, as the prefix of its entries' keys. */
export type Side = (typeof SIDES)[number];

/** The owner of a master's entries on one side. `null` for a text that is not an object id. */
export function ownerOf(side: Side, objectId: string): string | null {
  return ID.test(objectId) ? side + SEPARATOR + objectId : null;
}

/** The key of an entry: `<side>~<id>~<name>`. `null` if the id or the name is invalid. */
export function keyOf(side: Side, objectId: string, name: string): string | null {
  if (!ID.test(objectId) || !NAME.test(name)) return null;
  return side + SEPARATOR + objectId + SEPARATOR + name;
}

export function ownerIn(key: string): string {
  return key.slice(0, key.lastIndexOf(SEPARATOR));
}

export function nameIn(key: string): string {
  return key.slice(key.lastIndexOf(SEPARATOR) + 1);
}

/** Values by key, bounded by bytes. The least recently read are evicted first. */
export interface Entries<V> {
  /** Counts as a read. */
  get(key: string): V | undefined;
  has(key: string): boolean;
  set(key: string, value: V): void;
  /** Removes this value, but not another one that replaced it. */
  delete(key: string, value?: V): void;
  /** The keys of one owner. */
  keysOf(owner: string): string[];
  /** Number of values, their total size, and the number of evictions since the start. */
  stats(): { readonly entries: number; readonly size: number; readonly evictions: number };
}

interface EntriesOptions<V> {
  readonly maxBytes: number;
  bytesOf(value: V): number;
  /** Called during the removal of each value. It must not change `entries`. */
  onRemoved?(value: V): void;
}

export function createEntries<V extends object>({
  maxBytes,
  bytesOf,
  onRemoved,
}: EntriesOptions<V>): Entries<V> {
  /** Arrays and not sets, because they are short and there are many. */
  const owners = new Map<string, string[]>();

  const addToOwner = (key: string): void => {
    const owner = ownerIn(key);
    const keys = owners.get(owner);
    if (keys === undefined) owners.set(owner, [key]);
    else if (!keys.includes(key)) keys.push(key);
  };
  const removeFromOwner = (key: string): void => {
    const owner = ownerIn(key);
    const keys = owners.get(owner) ?? [];
    if (keys.length === 1) owners.delete(owner);
    else keys.splice(keys.indexOf(key), 1);
  };

  let evictions = 0;
  const values = new LRUCache<string, V>({
    maxSize: Math.max(1, maxBytes),
    sizeCalculation: bytesOf,
    dispose(value, key, reason) {
      if (reason !== 'set') removeFromOwner(key);
      if (reason === 'evict') evictions++;
      onRemoved?.(value);
    },
  });

  return {
    get: (key) => values.get(key),
    has: (key) => values.has(key),
    set(key, value) {
      values.set(key, value);
      if (values.has(key)) addToOwner(key);
    },
    delete(key, value) {
      if (value === undefined || values.peek(key) === value) values.delete(key);
    },
    keysOf: (owner) => [...(owners.get(owner) ?? [])],
    stats: () => ({ entries: values.size, size: values.calculatedSize, evictions }),
  };
}
