import { LRUCache } from 'lru-cache';
import type { S3Client } from './client.js';
import { type ListedObject, listObjects, removeObject } from './objects.js';

/** The least that an entry counts for: bounds how many there are. */
const BLOCK_BYTES = 4096;
/** Shares of the bound: what is written between two looks, where clearing begins, what it leaves. */
const UNSEEN = 0.05;
const FULL = 0.9;
const CLEARED = 0.8;
/** Entries of which the last use is known better than by their age. */
const MAX_KNOWN = 10_000;
/** Requests at once. */
const BATCH = 16;

/** The room that variants have in the bucket. When it is full, those go that were used longest ago. */
export interface Room {
  /** Resolves with whether there is room for so many bytes, which are then taken. */
  take(key: string, bytes: number): Promise<boolean>;
  /** Notes that an entry is being read. */
  use(key: string): void;
}

export interface RoomOptions {
  readonly client: S3Client;
  readonly keyPrefix: string;
  /** Most bytes of all entries together; a small one counts as 4 KiB. */
  readonly maxBytes: number;
}

/**
 * Keeps a sum and no list. The bucket is listed when the first entry is written, and again each time that
 * a twentieth of the bound has been written: so every server sees what the others wrote, and together they
 * pass the bound by that twentieth for each of them at most.
 */
export function createRoom({ client, keyPrefix, maxBytes }: RoomOptions): Room {
  const known = new LRUCache<string, number>({ max: MAX_KNOWN });
  let used = 0;
  let unseen = Number.POSITIVE_INFINITY;
  let looking: Promise<void> | undefined;

  const lastUse = ({ key, modifiedAt }: ListedObject) => Math.max(modifiedAt, known.peek(key) ?? 0);

  const look = async (): Promise<void> => {
    const started = Date.now();
    const entries: ListedObject[] = [];
    const before = used;
    for await (const page of listObjects(client, keyPrefix)) entries.push(...page);
    let left = entries.reduce((sum, { size }) => sum + roomOf(size), 0);
    unseen = 0;
    if (left > maxBytes * FULL) {
      const oldest = entries
        .filter((entry) => lastUse(entry) < started)
        .sort((a, b) => lastUse(a) - lastUse(b));
      while (left > maxBytes * CLEARED && oldest.length > 0) {
        const batch = oldest.splice(0, BATCH);
        await Promise.all(batch.map(({ key }) => removeObject(client, key)));
        left -= batch.reduce((sum, { size }) => sum + roomOf(size), 0);
      }
    }
    used = left + Math.max(0, used - before); // written meanwhile: perhaps not seen
  };
  const lookOnce = (): Promise<void> => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  };

  return {
    async take(key, bytes) {
      const cost = roomOf(bytes);
      if (cost > maxBytes) return false;
      const isFirst = unseen === Number.POSITIVE_INFINITY;
      if (isFirst || used + cost > maxBytes) await lookOnce();
      else if (unseen + cost > maxBytes * UNSEEN) lookOnce().catch(() => {}); // and again with the next
      if (used + cost > maxBytes) return false;
      used += cost;
      unseen += cost;
      known.set(key, Date.now());
      return true;
    },
    use(key) {
      known.set(key, Date.now());
    },
  };
}

function roomOf(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / BLOCK_BYTES)) * BLOCK_BYTES;
}
