import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectBody, ObjectStore } from '@auraimage/ports';
import { fileBody, SMALL_BYTES, smallBody } from './body.js';
import { createDraft } from './draft.js';
import { hasCode, orFull } from './errors.js';
import { createLayout, isId, makeId, makeRootFolders } from './layout.js';
import { createSmallReader } from './small-reads.js';

/** How often leftovers are looked for, in milliseconds: another process that crashed may not start again. */
const CLEAN_MS = 1_800_000;

export interface FsObjectStoreOptions {
  /** Folder that holds everything; made where it is missing. */
  readonly root: string;
  /** Age in milliseconds past which a temporary file is nobody's any more; default one hour. */
  readonly leftoverMs?: number;
  /** Told when leftovers could not be looked for or removed, after the start: it is tried again. */
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
  leftoverMs = 3_600_000,
  onCleanFailure = () => {},
}: FsObjectStoreOptions): Promise<ObjectStore> {
  const layout = createLayout(root);
  await makeRootFolders(layout);
  const clean = () => removeLeftovers(layout.temporary, leftoverMs);
  await clean();
  setInterval(() => void clean().catch(onCleanFailure), CLEAN_MS).unref();
  const small = createSmallReader();

  return {
    create: () => createDraft(layout),

    async read(id, range) {
      if (!isId(id)) return null;
      const path = layout.objectPath(id);
      try {
        return range.length <= SMALL_BYTES
          ? smallBody(small.open(path), range)
          : await largeBody(path, range);
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

async function largeBody(
  path: string,
  range: { readonly start: number; readonly length: number },
): Promise<ObjectBody> {
  const { size } = await stat(path);
  if (size < range.start + range.length) throw new Error(`${path} is shorter than its record says`);
  return fileBody(path, range);
}

/** What a crash left half written. Younger files may be another process's uploads. */
async function removeLeftovers(folder: string, leftoverMs: number): Promise<void> {
  const limit = Date.now() - leftoverMs;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (mtimeMs < limit) await rm(path, { force: true });
  }
}
