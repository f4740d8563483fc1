import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AbandonedUpload,
  isObjectId,
  type ObjectInventory,
  type StoredObject,
} from '@auraimage/ports';
import { hasCode } from './errors.js';
import { createLayout, type Layout } from './layout.js';

const PAGE = 1000;
/** Files looked at concurrently. */
const AT_ONCE = 32;

/**
 * Lists a folder of objects and removes some of them. Creates nothing: a missing folder is an error.
 *
 * @example
 * const inventory = createFsInventory({ root: '/var/lib/aura/store' });
 * for await (const page of inventory.objects()) console.log(page.length);
 */
export function createFsInventory({ root }: { readonly root: string }): ObjectInventory {
  const layout = createLayout(root);
  return {
    objects: (prefix = '') => listObjects(layout, prefix),
    abandonedUploads: () => listTemporaryFiles(layout),
    async has(id) {
      return isObjectId(id) && (await orNull(stat(layout.objectPath(id)))) !== null;
    },
    async removeObject(id) {
      if (isObjectId(id)) await rm(layout.objectPath(id), { force: true });
    },
  };
}

async function* listObjects(
  { objects }: Layout,
  prefix: string,
): AsyncGenerator<readonly StoredObject[]> {
  // Ids begin with the name of the folder that they are in.
  for (const leaf of (await readdir(objects)).sort()) {
    if (!leaf.startsWith(prefix) && !prefix.startsWith(leaf)) continue;
    const ids = (await namesIn(join(objects, leaf))).filter(
      (id) => isObjectId(id) && id.startsWith(leaf) && id.startsWith(prefix),
    );
    yield* pages(ids.sort(), async (id) => {
      const stats = await orNull(stat(join(objects, leaf, id)));
      return stats && { id, size: stats.size, modifiedAt: stats.mtimeMs };
    });
  }
}

async function* listTemporaryFiles({
  temporary,
}: Layout): AsyncGenerator<readonly AbandonedUpload[]> {
  yield* pages((await namesIn(temporary)).sort(), async (name) => {
    const path = join(temporary, name);
    const stats = await orNull(stat(path));
    if (stats === null || !stats.isFile()) return null;
    const remove = () => rm(path, { force: true });
    return { name: `unfinished file ${path}`, size: stats.size, modifiedAt: stats.mtimeMs, remove };
  });
}

/** Looks each name up, and yields what exists in pages. */
async function* pages<T>(
  names: readonly string[],
  look: (name: string) => Promise<T | null>,
): AsyncGenerator<readonly T[]> {
  for (let from = 0; from < names.length; from += PAGE) {
    const page: T[] = [];
    for (let at = from; at < Math.min(from + PAGE, names.length); at += AT_ONCE) {
      const batch = names.slice(at, Math.min(at + AT_ONCE, from + PAGE)).map(look);
      for (const found of await Promise.all(batch)) if (found !== null) page.push(found);
    }
    yield page;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await orNull(readdir(folder))) ?? [];
}

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return null;
    throw error;
  }
}
