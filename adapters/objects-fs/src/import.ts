import { open, rename, rm, stat } from 'node:fs/promises';
import {
  isObjectId,
  makeObjectId,
  type ObjectBody,
  type ObjectFacts,
  type ObjectImport,
  ObjectMismatchError,
} from '@auraimage/ports';
import { sha256Of } from './draft.js';
import { hasCode, orFull } from './errors.js';
import { createFileWriter } from './file-writer.js';
import { syncFolder } from './folders.js';
import { createLayout, makeRootFolders } from './layout.js';

/**
 * Imports objects into a folder, which it creates if it is missing. An object gets its name only after its bytes
 * were read back from the file, verified and synced.
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
      if (!isObjectId(id)) return null;
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
      if (!isObjectId(id)) throw new TypeError('not an object id');
      // A unique name: a killed or concurrent run may have a draft of the same object.
      const draft = layout.draftPath(makeObjectId());
      try {
        await writeDraft(draft, facts, body);
        await orFull(rename(draft, layout.objectPath(id)));
        await orFull(syncFolder(layout.objectFolder(id)));
      } finally {
        await rm(draft, { force: true }); // does nothing after a rename
      }
    },

    async remove(id) {
      if (isObjectId(id)) await rm(layout.objectPath(id), { force: true });
    },
  };
}

async function writeDraft(path: string, facts: ObjectFacts, body: ObjectBody): Promise<void> {
  const file = await orFull(open(path, 'wx', 0o600));
  try {
    const writer = createFileWriter(file);
    for await (const chunk of body.chunks?.() ?? body.stream()) {
      // A body that is longer than its record says must not fill the disk.
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
