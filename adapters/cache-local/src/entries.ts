import type { RemovalReason } from '@auraimage/ports';
import { LRUCache } from 'lru-cache';

const ID = /^[A-Za-z0-9_-]{1,32}$/;
/** Never `.` or `..`. As long as the name of a file with everything else may be, which file systems limit to 255. */
const NAME = /^[a-z0-9][a-z0-9.-]{0,147}$/;
const PROJECT = /^[a-z0-9-]{1,40}$/;

/** Separates the parts of a key and of a file's name. No side, id, name or project contains it. */
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

export function isProject(text: string): boolean {
  return PROJECT.test(text);
}

export function ownerIn(key: string): string {
  return key.slice(0, key.lastIndexOf(SEPARATOR));
}

export function objectIdIn(owner: string): string {
  return owner.slice(owner.indexOf(SEPARATOR) + 1);
}

export function nameIn(key: string): string {
  return key.slice(key.lastIndexOf(SEPARATOR) + 1);
}

/** Time after its last read from which an entry is evicted first, whatever its project takes: a day. */
const IDLE_MS = 86_400_000;

/** Why entries left: `full` is the eviction by the bound. */
export type Removals = Readonly<Record<'full' | RemovalReason, number>>;

/** Values by key, bounded by bytes, with a share for each project. */
export interface Entries<V> {
  /** Counts as a read. */
  get(key: string): V | undefined;
  has(key: string): boolean;
  /** The project whose share an entry takes; `undefined` if there is no such entry. */
  projectOf(key: string): string | undefined;
  /**
   * Sets a value and evicts others until all are within the bound. The value itself is evicted if its project
   * takes the most without having anything else. A master's project is that of its first entry.
   */
  set(key: string, project: string, value: V): void;
  /** Removes this value, but not another one that replaced it. */
  delete(key: string, reason: RemovalReason, value?: V): void;
  /** The keys of one owner, and when each was last read. */
  usesOf(owner: string): ReadonlyMap<string, number>;
  /** Every owner that has entries. It may be iterated while entries are set and deleted. */
  owners(): Iterable<string>;
  /** Number of values, their total size, and the number of removals since the start. */
  stats(): { readonly entries: number; readonly size: number; readonly removals: Removals };
}

interface EntriesOptions<V> {
  readonly maxBytes: number;
  /** Strictly increasing Unix milliseconds. */
  readonly now: () => number;
  bytesOf(value: V): number;
  /** Called during the removal of each value. It must not change `entries`. */
  onRemoved?(value: V): void;
}

/** A value with the time of its last read. */
interface Used {
  usedAt: number;
}

/** The entries of one project. */
interface Share<V extends object> {
  readonly project: string;
  /** The least recently read is the first that `pop` removes. */
  readonly values: LRUCache<string, V>;
  /** None of them is older, so that the oldest need not be looked up for every eviction. */
  noOlderThan: number;
}

/** The entries of one master. The keys are in an array and not in a set: they are few, and owners are many. */
interface Owned<V extends object> {
  readonly share: Share<V>;
  readonly keys: string[];
}

/**
 * A full store evicts the least recently read entry of the project that takes the most: the only one that is
 * sure to be over its equal share. So a project that fills the store evicts only its own entries once it takes
 * as much as any other. Entries that nobody has read for a day go before, so that projects without readers do
 * not take the space of the others.
 */
export function createEntries<V extends Used>({
  maxBytes,
  now,
  bytesOf,
  onRemoved,
}: EntriesOptions<V>): Entries<V> {
  const owners = new Map<string, Owned<V>>();
  const shares = new Map<string, Share<V>>();
  const removals = { full: 0, variants: 0, stale: 0, replaced: 0 };
  let size = 0;
  let entries = 0;

  const createShare = (project: string): Share<V> => ({
    project,
    values: new LRUCache<string, V>({
      maxSize: Number.MAX_SAFE_INTEGER, // the bound covers all shares together
      sizeCalculation: bytesOf,
      dispose(value, key, reason) {
        if (reason !== 'set') removeFromOwner(key);
        onRemoved?.(value);
      },
    }),
    noOlderThan: Number.POSITIVE_INFINITY,
  });

  const removeFromOwner = (key: string): void => {
    const owner = ownerIn(key);
    const keys = owners.get(owner)?.keys;
    if (keys?.length === 1) owners.delete(owner);
    else keys?.splice(keys.indexOf(key), 1);
  };

  const ownedBy = (owner: string, project: string): Owned<V> => {
    const known = owners.get(owner);
    if (known !== undefined) return known;
    const share = shares.get(project) ?? createShare(project);
    const owned = { share, keys: [] };
    shares.set(project, share);
    owners.set(owner, owned);
    return owned;
  };

  /** Changes a share and adds what it grew by to the totals. */
  const change = ({ project, values }: Share<V>, work: () => void): void => {
    const before = { size: values.calculatedSize, entries: values.size };
    work();
    size += values.calculatedSize - before.size;
    entries += values.size - before.entries;
    if (values.size === 0) shares.delete(project);
  };

  /** Whether an entry was not read since a time. */
  const hasOlder = (share: Share<V>, since: number): boolean => {
    if (share.noOlderThan >= since) return false;
    const [oldest = ''] = share.values.rkeys();
    share.noOlderThan = share.values.peek(oldest)?.usedAt ?? Number.POSITIVE_INFINITY;
    return share.noOlderThan < since;
  };

  /** Compares all shares: there are few, and each eviction makes space for a variant, which takes far longer. */
  const evict = (): void => {
    const idleSince = now() - IDLE_MS;
    let victim: Share<V> | undefined;
    for (const share of shares.values()) {
      if (hasOlder(share, idleSince)) {
        victim = share;
        break;
      }
      const most = victim?.values.calculatedSize ?? 0;
      if (share.values.calculatedSize > most) victim = share;
    }
    if (victim === undefined) return;
    const { values } = victim;
    change(victim, () => values.pop());
    removals.full++;
  };

  return {
    get(key) {
      const value = owners.get(ownerIn(key))?.share.values.get(key);
      if (value !== undefined) value.usedAt = now();
      return value;
    },
    has: (key) => owners.get(ownerIn(key))?.share.values.has(key) ?? false,
    projectOf(key) {
      const share = owners.get(ownerIn(key))?.share;
      return share?.values.has(key) ? share.project : undefined;
    },
    set(key, project, value) {
      const { share, keys } = ownedBy(ownerIn(key), project);
      if (!share.values.has(key)) keys.push(key);
      share.noOlderThan = Math.min(share.noOlderThan, value.usedAt);
      change(share, () => share.values.set(key, value));
      while (size > maxBytes) evict();
    },
    delete(key, reason, value) {
      const share = owners.get(ownerIn(key))?.share;
      const found = share?.values.peek(key);
      if (share === undefined || found === undefined) return;
      if (value !== undefined && found !== value) return;
      change(share, () => share.values.delete(key));
      removals[reason]++;
    },
    usesOf(owner) {
      const owned = owners.get(owner);
      return new Map(owned?.keys.map((key) => [key, owned.share.values.peek(key)?.usedAt ?? 0]));
    },
    owners: () => owners.keys(),
    stats: () => ({ entries, size, removals: { ...removals } }),
  };
}
