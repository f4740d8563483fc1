import { LRUCache } from 'lru-cache';

const ID = /^[A-Za-z0-9_-]{1,64}$/;
/** Never `.` or `..`. */
const NAME = /^[a-z0-9][a-z0-9.-]{0,99}$/;

/** Stands between the parts of a key and of a file's name: no id and no name has it. */
export const SEPARATOR = '~';

export function isObjectId(text: string): boolean {
  return ID.test(text);
}

/** The key of an entry, or `null` where one of the two is no id or no name: nothing is kept there. */
export function keyOf(objectId: string, name: string): string | null {
  return isObjectId(objectId) && NAME.test(name) ? `${objectId}${SEPARATOR}${name}` : null;
}

export function objectIdIn(key: string): string {
  return key.slice(0, key.indexOf(SEPARATOR));
}

/** Values by key, bounded by bytes: the least recently read leave first. */
export interface Entries<V> {
  /** Counts as a read. */
  get(key: string): V | undefined;
  has(key: string): boolean;
  set(key: string, value: V): void;
  /** Takes the value away, but no other that came in its place. */
  delete(key: string, value?: V): void;
  /** The keys of one master. */
  keysOf(objectId: string): string[];
  /** How many there are, what they count for together, and how many have left because there was no room. */
  stats(): { readonly entries: number; readonly size: number; readonly evictions: number };
}

interface EntriesOptions<V> {
  readonly maxBytes: number;
  bytesOf(value: V): number;
  /** Called for each value that leaves, while it does: `entries` must not be touched. */
  onLeave?(value: V): void;
}

export function createEntries<V extends object>({
  maxBytes,
  bytesOf,
  onLeave,
}: EntriesOptions<V>): Entries<V> {
  /** Lists, not sets: they are short, and there are many. */
  const masters = new Map<string, string[]>();

  const join = (key: string): void => {
    const id = objectIdIn(key);
    const keys = masters.get(id);
    if (keys === undefined) masters.set(id, [key]);
    else if (!keys.includes(key)) keys.push(key);
  };
  const leave = (key: string): void => {
    const id = objectIdIn(key);
    const keys = masters.get(id) ?? [];
    if (keys.length === 1) masters.delete(id);
    else keys.splice(keys.indexOf(key), 1);
  };

  let evictions = 0;
  const values = new LRUCache<string, V>({
    maxSize: Math.max(1, maxBytes),
    sizeCalculation: bytesOf,
    dispose(value, key, reason) {
      if (reason !== 'set') leave(key);
      if (reason === 'evict') evictions++;
      onLeave?.(value);
    },
  });

  return {
    get: (key) => values.get(key),
    has: (key) => values.has(key),
    set(key, value) {
      values.set(key, value);
      if (values.has(key)) join(key);
    },
    delete(key, value) {
      if (value === undefined || values.peek(key) === value) values.delete(key);
    },
    keysOf: (objectId) => [...(masters.get(objectId) ?? [])],
    stats: () => ({ entries: values.size, size: values.calculatedSize, evictions }),
  };
}
