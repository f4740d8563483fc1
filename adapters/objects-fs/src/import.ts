import { open, rename, rm, stat } from 'node:fs/promises';
import {
  type ObjectBody,
  type ObjectFacts,
  type ObjectImport,
  ObjectMismatchError,
} from '@auraimage/ports';
import { sha256Of } from './draft.js';
import { hasCode, orFull } from './errors.js';
import { createFileWriter } from './file-writer.js';
import { syncFolder } from './folders.js';
import { createLayout, isId, makeId, makeRootFolders } from './layout.js';

/**
 * Takes objects into a folder, which it makes where it is missing. An object gets its name when its bytes
 * have been read back from the file, are those that were wanted, and are synced.
 *
 * @example
 * const into = await createFsImport({ root: '/backup/store' });
 * await into.put(image.objectId, image, body);
 */
export async function createFsImport({ root }: { readonly root: string }): Promise<ObjectImport> {
  const layout = createLayout(root);
  await makeRootFolders(layout);
  return {
    async check(id, depth) {
      if (!isId(id)) return null;
      const path = layout.objectPath(id);
      try {
        const { size } = await stat(path);
        return { size, sha256: depth === 'size' ? null : await sha256Of(path) };
      } catch (error) {
        if (hasCode(error, 'ENOENT')) return null;
        throw error;
      }
    },

    async put(id, facts, body) {
      if (!isId(id)) throw new TypeError('no object id');
      // A name of its own: a run that was killed, or another one beside it, may have its draft there.
      const draft = layout.draftPath(makeId());
      try {
        await writeDraft(draft, facts, body);
        await orFull(rename(draft, layout.objectPath(id)));
        await orFull(syncFolder(layout.objectFolder(id)));
      } finally {
        await rm(draft, { force: true }); // nothing is left of it after a rename
      }
    },

    async remove(id) {
      if (isId(id)) await rm(layout.objectPath(id), { force: true });
    },
  };
}

async function writeDraft(path: string, facts: ObjectFacts, body: ObjectBody): Promise<void> {
  const file = await orFull(open(path, 'wx', 0o600));
  try {
    const writer = createFileWriter(file);
    for await (const chunk of body.chunks?.() ?? body.stream()) {
      // Whatever is said to be one image does not fill the disk.
      if (writer.size <= facts.size) await writer.write(chunk);
    }
    await writer.flush();
    await orFull(file.sync());
    const found = { size: writer.size, sha256: await sha256Of(path) };
    if (found.size !== facts.size || found.sha256 !== facts.sha256) {
      throw new ObjectMismatchError(facts, found);
    }
  } finally {
    await file.close();
  }
}
