import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { VariantBody, VariantStore } from '@auraimage/ports';
import { fileBody, SMALL_BYTES, smallBody } from './body.js';
import { hasCode, orFull } from './errors.js';
import { createLayout, isId, isVariantName, type Layout, makeRootFolders } from './layout.js';
import { createRoom } from './room.js';
import { createSmallReader, type SmallReader } from './small-reads.js';

export interface FsVariantStoreOptions {
  /** Folder that holds everything, the masters' own; made where it is missing. */
  readonly root: string;
  /** Most bytes of all variants together, in whole blocks of 4 KiB; those read longest ago go first. */
  readonly maxBytes: number;
  /**
   * Processes that share the folder; default 1. Together they keep to the bound; with `n` of them, an entry
   * above a tenth of it divided by `n` is not kept.
   */
  readonly writers?: number;
}

/** Variants that take no more room than they may. */
export interface FsVariantStore extends VariantStore {
  /**
   * Bytes that the entries take together, as seen last and with what was written since; `null` before the
   * first look.
   */
  keptBytes(): number | null;
}

/**
 * Variants as files beside their masters, in a folder for each master. What is no object id or no name
 * is never a path: nothing is found under it, and nothing kept.
 *
 * `set` makes the folder before it writes, and never again: when `drop` takes the folder away meanwhile,
 * the entry is not kept. `remove` takes an empty folder away too.
 *
 * @example
 * const variants = await createFsVariantStore({ root: '/var/lib/aura/store', maxBytes: 2 ** 30 });
 * await variants.set(objectId, 'v1-w400-webp', bytes);
 * const body = await variants.get(objectId, 'v1-w400-webp');
 */
export async function createFsVariantStore({
  root,
  maxBytes,
  writers = 1,
}: FsVariantStoreOptions): Promise<FsVariantStore> {
  const layout = createLayout(root);
  await makeRootFolders(layout);
  const small = createSmallReader();
  const room = createRoom({
    folder: layout.variants,
    maxBytes,
    writers,
    onRemove: small.forget,
  });
  const pathOf = (id: string, name: string): string | null =>
    isId(id) && isVariantName(name) ? join(layout.variantFolder(id), name) : null;

  return {
    keptBytes: room.bytes,

    async get(id, name) {
      const path = pathOf(id, name);
      const body = path === null ? null : await read(small, path);
      if (path !== null && body !== null) room.use(path);
      return body;
    },

    async set(id, name, bytes) {
      const path = pathOf(id, name);
      if (path === null) return false;
      return room.fill(path, bytes.length, () => orFull(write(layout, path, bytes)));
    },

    async remove(id, name) {
      const path = pathOf(id, name);
      if (path === null) return;
      await rm(path, { force: true });
      small.forget(path);
      await rmdir(dirname(path)).catch(() => {}); // not empty, or not there
    },

    async count(id, prefix) {
      if (!isId(id)) return 0;
      const names = (await orMissing(readdir(layout.variantFolder(id)))) ?? [];
      return names.filter((name) => name.startsWith(prefix)).length;
    },

    async drop(id) {
      if (!isId(id)) return;
      const folder = layout.variantFolder(id);
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
      small.forgetIn(folder);
    },
  };
}

async function read(small: SmallReader, path: string): Promise<VariantBody | null> {
  try {
    const length = small.sizeOf(path);
    const whole = { start: 0, length };
    if (length <= SMALL_BYTES) return smallBody(small.open(path), whole);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
  // The host opens it by its path: a descriptor from before says nothing about that.
  const stats = await orMissing(stat(path));
  return stats === null ? null : fileBody(path, { start: 0, length: stats.size });
}

/**
 * The bytes are synced before they get their name: a power cut may lose an entry, and never leaves a
 * torn one. The folder is not synced.
 */
async function write(layout: Layout, path: string, bytes: Uint8Array): Promise<boolean> {
  const temporary = join(layout.temporary, `variant-${randomUUID()}`);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.datasync();
    } finally {
      await file.close();
    }
    // Missing: its folder was dropped.
    return (await orMissing(rename(temporary, path).then(() => true))) ?? false;
  } finally {
    await rm(temporary, { force: true }); // nothing is left of it after a rename
  }
}

async function orMissing<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}
