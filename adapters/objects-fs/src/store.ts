import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isObjectId, makeObjectId, type ObjectStore } from '@auraimage/ports';
import { createDraft } from './draft.js';
import { orFull } from './errors.js';
import { createLayout, makeRootFolders } from './layout.js';
import { createReads } from './reads.js';

/** How often abandoned uploads are removed, in milliseconds. A crashed process may never restart to remove its own. */
const CLEAN_MS = 1_800_000;

export interface FsObjectStoreOptions {
  /** Folder of all files; created if it is missing. */
  readonly root: string;
  /** Age in milliseconds from which a temporary file counts as an abandoned upload; default one hour. */
  readonly abandonedMs?: number;
  /**
   * Whether the group of this process may read objects, so that a proxy in this group can send them; default false.
   * Objects that exist keep their mode.
   */
  readonly groupReads?: boolean | undefined;
  /** Most files that are kept open for the next reads; default 512. */
  readonly maxKeptFiles?: number;
  /** Called when abandoned uploads could not be listed or removed after the start. The store retries. */
  readonly onCleanFailure?: (error: unknown) => void;
}

/**
 * Objects as files in a local folder, one file each. The file system must follow POSIX: `fsync` is durable and
 * `rename` is atomic.
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
  groupReads = false,
  maxKeptFiles = 512,
  onCleanFailure = () => {},
}: FsObjectStoreOptions): Promise<ObjectStore> {
  const layout = createLayout(root);
  await makeRootFolders(layout, groupReads);
  const clean = () => removeAbandoned(layout.temporary, abandonedMs);
  await clean();
  setInterval(() => void clean().catch(onCleanFailure), CLEAN_MS).unref();
  const reads = createReads(layout, maxKeptFiles);

  return {
    create: () => createDraft(layout, groupReads),
    read: reads.read,

    async remove(id) {
      if (!isObjectId(id)) return;
      await rm(layout.objectPath(id), { force: true });
      reads.forget(id); // not before the removal: a concurrent read would open it again
    },

    async ping() {
      const path = join(layout.temporary, `ping-${makeObjectId()}`);
      await orFull(open(path, 'wx', 0o600).then((file) => file.close()));
      await rm(path, { force: true });
    },
  };
}

/** Removes incomplete files of a crash. Younger files may be uploads of another process. */
async function removeAbandoned(folder: string, abandonedMs: number): Promise<void> {
  const limit = Date.now() - abandonedMs;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (mtimeMs < limit) await rm(path, { force: true });
  }
}
