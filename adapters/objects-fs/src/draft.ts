import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { fileBody, makeObjectId, type ObjectDraft } from '@auraimage/ports';
import { orFull } from './errors.js';
import { createFileWriter } from './file-writer.js';
import { syncFolder } from './folders.js';
import type { Layout } from './layout.js';
import { openShared } from './reads.js';

const HASH_CHUNK_BYTES = 256 * 1024;

/**
 * Opens a temporary file that becomes an object when it is committed.
 *
 * @param groupReads whether the group of this process may read the object
 */
export async function createDraft(layout: Layout, groupReads: boolean): Promise<ObjectDraft> {
  const id = makeObjectId();
  const path = layout.draftPath(id);
  const file = await orFull(open(path, 'wx', 0o600));
  const writer = createFileWriter(file);
  let state: 'open' | 'closed' | 'renamed' | 'committed' = 'open';
  let synced: Promise<void> | undefined;
  let hashed: Promise<string> | undefined;

  const sync = (): Promise<void> => {
    synced ??= writer.flush().then(() => orFull(file.sync()));
    return synced;
  };
  // Hashed from the file, whose pages are still in memory: during the decoding, not between two chunks.
  const digest = (): Promise<string> => {
    hashed ??= writer.flush().then(() => sha256Of(path));
    return hashed;
  };

  return {
    write: writer.write,
    async readBack() {
      await writer.flush();
      // Both start while the bytes are inspected; commit() waits for them.
      sync().catch(() => {});
      digest().catch(() => {});
      return fileBody({ path, start: 0, length: writer.size, open: () => openShared(path) });
    },
    async commit() {
      if (groupReads) await file.chmod(0o640);
      await sync();
      const sha256 = await digest();
      await file.close();
      state = 'closed';
      const folder = layout.objectFolder(id);
      await orFull(rename(path, layout.objectPath(id)));
      state = 'renamed';
      await orFull(syncFolder(folder));
      state = 'committed';
      return { id, size: writer.size, sha256 };
    },
    async discard() {
      if (state === 'committed') return;
      await Promise.allSettled([writer.flush(), synced, hashed]);
      if (state === 'open') {
        state = 'closed';
        await file.close();
      }
      await rm(state === 'renamed' ? layout.objectPath(id) : path, { force: true });
    },
  };
}

/** Uses one buffer: a new one for each chunk would burden the garbage collector. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafeSlow(HASH_CHUNK_BYTES);
  const file = await open(path, 'r');
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
