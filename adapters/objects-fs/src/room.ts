import { readdir, rm, rmdir, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { isId, isVariantName } from './layout.js';

/** Files take whole blocks. */
const BLOCK_BYTES = 4096;
/** Shares of the bound: where clearing begins, so that nobody has to wait for it, and what it leaves. */
const FULL = 0.9;
const CLEARED = 0.8;
/** How often a file's time is brought up to date while it is read, in milliseconds. */
const MARK_MS = 3_600_000;
/** Files whose last use is known better than that. */
const MAX_KNOWN = 10_000;
/** Folders looked into together. */
const BATCH = 32;

/** The room that variants have on the disk. When it is full, those go that were used longest ago. */
export interface Room {
  /** Writes a file when there is room for it; resolves with what `write` gives, or with `false`. */
  fill(path: string, bytes: number, write: () => Promise<boolean>): Promise<boolean>;
  /** Notes that a file is being read. */
  use(path: string): void;
  /**
   * Bytes that the entries take together, as seen last and with what was written since; `null` before the
   * first look.
   */
  bytes(): number | null;
}

export interface RoomOptions {
  /** Holds `<2 hex>/<id>/<name>`. */
  readonly folder: string;
  /** Most bytes of all files together, in whole blocks of 4 KiB. */
  readonly maxBytes: number;
  /** Processes that write to the folder, this one included, each with a room of its own. */
  readonly writers: number;
  /** Told of each file that goes. */
  onRemove(path: string): void;
}

interface FoundFile {
  readonly path: string;
  readonly bytes: number;
  readonly usedAt: number;
}

/**
 * Keeps a sum and no list: a list of all files would take hundreds of megabytes of memory where they are
 * small. The files are looked through when the first one is written, and again each time that the sum
 * comes near the bound. The sum may be too high for a while, after a removal, and is then found out to be; it is too low
 * where another process writes too, until the next look.
 *
 * So where several write, each looks before it has written more than its part of what a look leaves free:
 * whatever the others have done since theirs, together they keep to the bound.
 */
export function createRoom({ folder, maxBytes, writers, onRemove }: RoomOptions): Room {
  const known = new LRUCache<string, { usedAt: number; markedAt: number }>({ max: MAX_KNOWN });
  let used = 0;
  /** Part of `used`: what the look at the files may not see yet. */
  let writing = 0;
  const unseenByOthers = writers > 1 ? (maxBytes * (1 - FULL)) / writers : Number.POSITIVE_INFINITY;
  let sinceLook = writers > 1 ? Number.POSITIVE_INFINITY : 0;
  let clearing: Promise<boolean> | undefined;
  let looked = false;

  const lastUse = ({ path, usedAt }: FoundFile) => Math.max(usedAt, known.peek(path)?.usedAt ?? 0);

  const remove = async ({ path }: FoundFile): Promise<boolean> => {
    try {
      await rm(path, { force: true });
    } catch {
      return false; // it goes on taking its room
    }
    onRemove(path);
    await rmdir(dirname(path)).catch(() => {}); // not empty
    return true;
  };

  const clear = async (needed: number): Promise<boolean> => {
    const started = now();
    const before = used;
    const unseen = writing;
    sinceLook = writing;
    const files = await filesIn(folder);
    const found = files.reduce((sum, { bytes }) => sum + bytes, unseen);
    let left = found;
    if (left > maxBytes * FULL || left + needed > maxBytes) {
      const goal = Math.min(maxBytes * CLEARED, maxBytes - needed);
      const inOrder = files
        .map((file) => ({ file, at: lastUse(file) }))
        .sort((a, b) => a.at - b.at);
      for (const { file } of inOrder) {
        if (left <= goal) break;
        if (lastUse(file) < started && (await remove(file))) left -= file.bytes;
      }
    }
    used += left - before;
    looked = true;
    return left < Math.max(before, found);
  };
  /** Resolves with whether there is more room than before. */
  const clearOnce = (needed: number): Promise<boolean> => {
    clearing ??= clear(needed).finally(() => {
      clearing = undefined;
    });
    return clearing;
  };
  let begun = false;

  return {
    async fill(path, bytes, write) {
      const cost = roomOf(bytes);
      if (cost > maxBytes) return false;
      if (sinceLook + cost > unseenByOthers) await clearOnce(cost);
      while (used + cost > maxBytes) if (!(await clearOnce(cost))) return false;
      if (sinceLook + cost > unseenByOthers) return false;
      used += cost;
      sinceLook += cost;
      writing += cost;
      if (!begun || used > maxBytes * FULL) void clearOnce(0);
      begun = true;
      const usedAt = now();
      known.set(path, { usedAt, markedAt: usedAt });
      try {
        return await write();
      } finally {
        writing -= cost;
      }
    },
    use(path) {
      const usedAt = now();
      const entry = known.get(path) ?? { usedAt, markedAt: 0 };
      entry.usedAt = usedAt;
      if (usedAt - entry.markedAt > MARK_MS) {
        entry.markedAt = usedAt;
        utimes(path, usedAt / 1000, usedAt / 1000).catch(() => {}); // or it is gone
      }
      known.set(path, entry);
    },
    bytes: () => (looked ? used : null),
  };
}

/** Unix time in milliseconds, with a fraction: many uses fall into one. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

function roomOf(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / BLOCK_BYTES)) * BLOCK_BYTES;
}

/** What cannot be looked into is left out. */
async function filesIn(folder: string): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  for (const shard of await namesIn(folder)) {
    const ids = (await namesIn(join(folder, shard))).filter(isId);
    for (let at = 0; at < ids.length; at += BATCH) {
      const batch = ids.slice(at, at + BATCH).map((id) => variantsIn(join(folder, shard, id)));
      for (const files of await Promise.all(batch)) found.push(...files);
    }
  }
  return found;
}

async function variantsIn(folder: string): Promise<FoundFile[]> {
  const names = (await namesIn(folder)).filter(isVariantName);
  const files = names.map(async (name) => {
    const path = join(folder, name);
    const stats = await stat(path).catch(() => null);
    return stats && { path, bytes: roomOf(stats.size), usedAt: stats.mtimeMs };
  });
  return (await Promise.all(files)).filter((file) => file !== null);
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
