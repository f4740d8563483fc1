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
  /** Writes an entry when there is room for it; resolves with whether it did. */
  fill(key: string, bytes: number, write: () => Promise<void>): Promise<boolean>;
  /** Notes that an entry is being read. */
  use(key: string): void;
  /**
   * Bytes that the entries take together, as seen last and with what was written since; `null` before the
   * first look.
   */
  bytes(): number | null;
}

export interface RoomOptions {
  readonly client: S3Client;
  readonly keyPrefix: string;
  /** Most bytes of all entries together; a small one counts as 4 KiB. */
  readonly maxBytes: number;
  /** Processes of this machine that write. */
  readonly writers: number;
}

/**
 * Keeps a sum and no list. The bucket is listed when the first entry is written, and again each time that
 * a twentieth of the bound has been written, by all processes of a machine: so every server sees what the
 * others wrote, and together they pass the bound by little more than that twentieth for each of them.
 */
export function createRoom({ client, keyPrefix, maxBytes, writers }: RoomOptions): Room {
  const known = new LRUCache<string, number>({ max: MAX_KNOWN });
  let used = 0;
  /** Part of `used`: what a listing may not show yet. */
  let writing = 0;
  let sinceLook = Number.POSITIVE_INFINITY;
  let looking: Promise<boolean> | undefined;

  const lastUse = ({ key, modifiedAt }: ListedObject) => Math.max(modifiedAt, known.peek(key) ?? 0);

  const look = async (needed: number): Promise<boolean> => {
    const started = Date.now();
    const before = used;
    const entries: ListedObject[] = [];
    let left = writing;
    for await (const page of listObjects(client, keyPrefix)) entries.push(...page);
    sinceLook = 0;
    for (const { size } of entries) left += roomOf(size);
    const found = left;
    if (left > maxBytes * FULL || left + needed > maxBytes) {
      const goal = Math.min(maxBytes * CLEARED, maxBytes - needed);
      const inOrder = entries
        .map((entry) => ({ ...entry, at: lastUse(entry) }))
        .filter(({ at }) => at < started)
        .sort((a, b) => a.at - b.at);
      while (left > goal && inOrder.length > 0) {
        const batch = inOrder.splice(0, BATCH);
        await Promise.all(batch.map(({ key }) => removeObject(client, key)));
        for (const { size } of batch) left -= roomOf(size);
      }
    }
    used += left - before; // and what has been taken meanwhile
    return left < Math.max(before, found);
  };
  /** Resolves with whether there is more room than before. */
  const lookOnce = (needed: number): Promise<boolean> => {
    looking ??= look(needed).finally(() => {
      looking = undefined;
    });
    return looking;
  };

  return {
    async fill(key, bytes, write) {
      const cost = roomOf(bytes);
      if (cost > maxBytes) return false;
      if (sinceLook === Number.POSITIVE_INFINITY) await lookOnce(cost);
      for (let isNew = false; used + cost > maxBytes; isNew = true) {
        // A look that is under way may have begun when there was nothing to clear.
        isNew ||= looking === undefined;
        if (!(await lookOnce(cost)) && isNew) return false;
      }
      used += cost;
      writing += cost;
      sinceLook += cost;
      // Where it fails, the next write tries again.
      if (sinceLook > (maxBytes * UNSEEN) / writers) lookOnce(0).catch(() => {});
      known.set(key, Date.now());
      try {
        await write();
        return true;
      } finally {
        writing -= cost;
      }
    },
    use(key) {
      known.set(key, Date.now());
    },
    bytes: () => (sinceLook === Number.POSITIVE_INFINITY ? null : used),
  };
}

function roomOf(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / BLOCK_BYTES)) * BLOCK_BYTES;
}
