import { setImmediate as nextTurn } from 'node:timers/promises';
import { bytesBody, type DerivedBody, fileBody, type RemovalReason } from '@auraimage/ports';
import { createEntries, nameIn, ownerIn, SEPARATOR } from './entries.js';
import { type Bytes, type Content, createFiles, digestOf, openFile } from './files.js';
import type { TierStats } from './stats.js';

/** Files take whole blocks. */
const BLOCK_BYTES = 4096;
/** How often a file's time is updated while it is read, in milliseconds. */
const MARK_MS = 3_600_000;
/** Files added to the index before the event loop gets a turn. */
const BATCH = 500;

interface DiskEntry extends Content {
  /** The bytes, until their file is complete. */
  pending: Bytes | null;
  /** Resolves with whether the file was written. */
  writing: Promise<boolean> | null;
  /** Shared by concurrent reads. */
  reading: Promise<Bytes | null> | null;
  /** Written or verified by this process, so it is known to be intact. */
  trusted: boolean;
  /** Time of the last read that the file records. */
  markedAt: number;
  usedAt: number;
  gone: boolean;
}

export interface DiskTier {
  /** Largest entry kept, in bytes. */
  readonly maxEntryBytes: number;
  /** Resolves when the files of earlier processes are indexed. Until then nothing is found or kept. */
  readonly ready: Promise<void>;
  /** The bytes, or the file if it is too large to be read whole, or if it is asked for and known to be intact. */
  get(key: string, as?: 'file'): Promise<DerivedBody | null>;
  /** The project of an entry; `undefined` if there is no such entry. */
  projectOf(key: string): string | undefined;
  /** Counts as a read. */
  touch(key: string): void;
  /** Resolves with whether it is kept. */
  set(key: string, project: string, bytes: Bytes): Promise<boolean>;
  remove(key: string, reason: RemovalReason): Promise<void>;
  drop(owner: string): Promise<void>;
  /** The keys of one owner, and when each was last read. */
  usesOf(owner: string): ReadonlyMap<string, number>;
  owners(): Iterable<string>;
  stats(): TierStats;
}

export interface DiskTierOptions {
  readonly folder: string;
  /** Other folders from which `drop` removes files. */
  readonly otherFolders: readonly string[];
  readonly maxBytes: number;
  readonly maxEntryBytes: number;
  /** Larger entries are returned as files. */
  readonly maxWholeBytes: number;
  /** Strictly increasing Unix milliseconds. */
  readonly now: () => number;
  onError(error: unknown): void;
}

/** One file for each entry. Their index is in memory and takes about 400 bytes for each. */
export function createDiskTier(options: DiskTierOptions): DiskTier {
  const { folder, otherFolders, maxBytes, maxWholeBytes, now, onError } = options;
  const blocks = Math.floor(maxBytes / BLOCK_BYTES);
  const maxEntryBytes = Math.min(options.maxEntryBytes, blocks * BLOCK_BYTES);
  const files = createFiles(folder, onError);
  const others = otherFolders.map((other) => createFiles(other, onError));
  const removed: DiskEntry[] = [];
  const entries = createEntries<DiskEntry>({
    maxBytes: blocks,
    now,
    bytesOf: ({ length }) => Math.max(1, Math.ceil(length / BLOCK_BYTES)),
    onRemoved(entry) {
      entry.gone = true;
      removed.push(entry);
    },
  });
  let scanned = false;

  /** Removes the files of removed entries; a file that is being written is removed afterwards. */
  const sweep = async (): Promise<void> => {
    const removals = removed.splice(0).map(async (entry) => {
      await entry.writing;
      await files.remove(entry).catch(onError);
    });
    await Promise.all(removals);
  };
  const forget = async (entry: DiskEntry): Promise<void> => {
    entries.delete(entry.key, 'stale', entry);
    await sweep();
  };

  // Serialized, so that old entries are deleted from the disk before a new one is written.
  let last: Promise<unknown> = Promise.resolve();
  const reserve = (entry: DiskEntry): Promise<DiskEntry> => {
    const reserved = last.then(async () => {
      const kept = entries.get(entry.key);
      if (kept !== undefined) return kept;
      entries.set(entry.key, entry.project, entry);
      await sweep();
      return entry;
    });
    last = reserved;
    return reserved;
  };

  const write = async (entry: DiskEntry, bytes: Bytes): Promise<boolean> => {
    try {
      await files.write(entry, bytes);
      return true;
    } catch (error) {
      onError(error);
      return false;
    } finally {
      entry.pending = null;
    }
  };

  const readWhole = async (entry: DiskEntry): Promise<Bytes | null> => {
    try {
      const bytes = await files.read(entry);
      if (bytes === null || entry.trusted) return bytes;
      entry.trusted = (await digestOf(bytes)) === entry.digest;
      return entry.trusted ? bytes : null;
    } catch (error) {
      onError(error);
      return null;
    } finally {
      entry.reading = null;
    }
  };

  const readEntry = async (entry: DiskEntry, as?: 'file'): Promise<DerivedBody | null> => {
    if (entry.pending !== null) return bytesBody(entry.pending);
    if (entry.trusted && (as === 'file' || entry.length > maxWholeBytes)) {
      const path = files.pathOf(entry);
      if (!(await files.exists(entry))) return null;
      return fileBody({ path, start: 0, length: entry.length, open: () => openFile(path) });
    }
    entry.reading ??= readWhole(entry);
    const bytes = await entry.reading;
    return bytes === null ? null : bytesBody(bytes);
  };

  const use = (key: string): DiskEntry | undefined => {
    const entry = entries.get(key);
    if (entry !== undefined && entry.usedAt - entry.markedAt > MARK_MS) {
      entry.markedAt = entry.usedAt;
      files.mark(entry, entry.usedAt);
    }
    return entry;
  };

  const scan = async (): Promise<void> => {
    const found = await files.scan();
    found.sort((a, b) => a.usedAt - b.usedAt);
    const projects = new Map<string, string>();
    for (const [index, file] of found.entries()) {
      const project = projects.get(file.project) ?? file.project;
      projects.set(project, project); // one string for all files of a project
      entries.set(file.key, project, entryOf({ ...file, project }, null, file.usedAt));
      if (index % BATCH === 0) {
        await sweep();
        await nextTurn();
      }
    }
    await sweep();
    scanned = true;
  };

  return {
    maxEntryBytes,
    ready: scan().catch(onError),
    projectOf: entries.projectOf,
    touch: (key) => void use(key),
    usesOf: entries.usesOf,
    owners: entries.owners,
    stats() {
      const { size, ...counts } = entries.stats();
      return { tier: 'disk', bytes: size * BLOCK_BYTES, maxBytes, ...counts };
    },
    async get(key, as) {
      const entry = scanned ? use(key) : undefined;
      if (entry === undefined) return null;
      const body = await readEntry(entry, as);
      if (body === null) await forget(entry);
      return body;
    },
    async set(key, project, bytes) {
      if (!scanned || bytes.length > maxEntryBytes) return false;
      const digest = await digestOf(bytes);
      const entry = entryOf({ key, project, length: bytes.length, digest }, bytes, now());
      const reserved = await reserve(entry);
      if (reserved !== entry) return (await reserved.writing) ?? true; // it exists already
      if (entry.gone) return false;
      entry.writing = write(entry, bytes);
      if (await entry.writing) return !entry.gone;
      await forget(entry);
      return false;
    },
    async remove(key, reason) {
      entries.delete(key, reason);
      await sweep();
      await files.removeAll(ownerIn(key), nameIn(key) + SEPARATOR).catch(onError);
    },
    async drop(owner) {
      for (const key of entries.usesOf(owner).keys()) entries.delete(key, 'stale');
      await sweep();
      await Promise.all([files, ...others].map((each) => each.removeAll(owner, '').catch(onError)));
    },
  };
}

/** @param pending the bytes of a new entry; `null` for a file of an earlier process */
function entryOf(content: Content, pending: Bytes | null, usedAt: number): DiskEntry {
  // No spread: V8 creates far larger objects from it, and there are many.
  return {
    key: content.key,
    project: content.project,
    length: content.length,
    digest: content.digest,
    pending,
    writing: null,
    reading: null,
    trusted: pending !== null,
    markedAt: usedAt,
    usedAt,
    gone: false,
  };
}
