import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectStore } from '@auraimage/ports';
import { createDraft } from './draft.js';
import { hasCode, orFull } from './errors.js';
import { createLayout, isId, makeId, makeRootFolders } from './layout.js';
import { createSmallReader, openLarge, SMALL_BYTES } from './reads.js';

/** How often abandoned uploads are removed, in milliseconds: another process that crashed may not restart. */
const CLEAN_MS = 1_800_000;

export interface FsObjectStoreOptions {
  /** Folder that holds everything; made where it is missing. */
  readonly root: string;
  /** Age in milliseconds from which a temporary file counts as an abandoned upload; default one hour. */
  readonly abandonedMs?: number;
  /** Told when abandoned uploads could not be listed or removed, after the start. It is tried again. */
  readonly onCleanFailure?: (error: unknown) => void;
}

/**
 * Objects as files of a local folder, one file each, in a file system that keeps POSIX promises:
 * `fsync` is durable and `rename` atomic.
 *
 * @example
 * const store = await createFsObjectStore({ root: '/var/lib/aura/store' });
 * const draft = await store.create();
 * await draft.write(bytes);
 * const { id, size } = await draft.commit();
 * const body = await store.read(id, { start: 0, length: size });
 */
export async function createFsObjectStore({
  root,
  abandonedMs = 3_600_000,
  onCleanFailure = () => {},
}: FsObjectStoreOptions): Promise<ObjectStore> {
  const layout = createLayout(root);
  await makeRootFolders(layout);
  const clean = () => removeAbandoned(layout.temporary, abandonedMs);
  await clean();
  setInterval(() => void clean().catch(onCleanFailure), CLEAN_MS).unref();
  const small = createSmallReader();

  return {
    create: () => createDraft(layout),

    async read(id, range) {
      if (!isId(id)) return null;
      const path = layout.objectPath(id);
      try {
        return range.length <= SMALL_BYTES ? small.open(path, range) : await openLarge(path, range);
      } catch (error) {
        if (hasCode(error, 'ENOENT')) return null;
        throw error;
      }
    },

    async remove(id) {
      if (!isId(id)) return;
      const path = layout.objectPath(id);
      await rm(path, { force: true });
      small.forget(path); // and no sooner: a read in between would open it again
    },

    async ping() {
      const path = join(layout.temporary, `ping-${makeId()}`);
      await orFull(open(path, 'wx', 0o600).then((file) => file.close()));
      await rm(path, { force: true });
    },
  };
}

/** Removes what a crash left half written. Younger files may be another process's uploads. */
async function removeAbandoned(folder: string, abandonedMs: number): Promise<void> {
  const limit = Date.now() - abandonedMs;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (mtimeMs < limit) await rm(path, { force: true });
  }
}
