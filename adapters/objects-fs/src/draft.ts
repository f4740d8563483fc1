import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { ObjectDraft } from '@auraimage/edge';
import { fileBody } from './body.js';
import { orFull } from './errors.js';
import { makeFolderDurably, syncFolder } from './folders.js';
import { type Layout, makeId } from './layout.js';

/** Opens a temporary file that becomes an object, or nothing. */
export async function createDraft(layout: Layout): Promise<ObjectDraft> {
  const id = makeId();
  const path = layout.draftPath(id);
  const file = await orFull(open(path, 'wx', 0o600));
  const hash = createHash('sha256');
  let size = 0;
  let state: 'open' | 'closed' | 'renamed' | 'committed' = 'open';
  let synced: Promise<void> | undefined;
  let writing: Promise<void> = Promise.resolve();

  const sync = (): Promise<void> => {
    synced ??= orFull(file.sync());
    return synced;
  };

  return {
    write(chunk) {
      size += chunk.length;
      hash.update(chunk);
      writing = orFull(writeWhole(file, chunk));
      return writing;
    },
    async readBack() {
      sync().catch(() => {}); // begins while the bytes are inspected; commit() sees the outcome
      return fileBody(path, { start: 0, length: size });
    },
    async commit() {
      await sync();
      await file.close();
      state = 'closed';
      const folder = layout.objectFolder(id);
      await orFull(makeFolderDurably(folder, layout.objects));
      await orFull(rename(path, layout.objectPath(id)));
      state = 'renamed';
      await orFull(syncFolder(folder));
      state = 'committed';
      return { id, size, sha256: hash.digest('hex') };
    },
    async discard() {
      if (state === 'committed') return;
      await Promise.allSettled([writing, synced]);
      if (state === 'open') {
        state = 'closed';
        await file.close();
      }
      await rm(state === 'renamed' ? layout.objectPath(id) : path, { force: true });
    },
  };
}

async function writeWhole(file: FileHandle, chunk: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < chunk.length) {
    const { bytesWritten } = await file.write(chunk, offset);
    offset += bytesWritten;
  }
}
