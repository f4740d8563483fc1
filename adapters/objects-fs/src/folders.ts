import { access, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode } from './errors.js';

/** Makes a rename or a new entry in a folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * Makes a folder and the missing ones above it, up to `root`, which exists. Each parent is synced
 * whether this call made the folder or another one did a moment ago.
 */
export async function makeFolderDurably(path: string, root: string): Promise<void> {
  if (path === root || (await exists(path))) return;
  await makeFolderDurably(dirname(path), root);
  await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error;
  });
  await syncFolder(dirname(path));
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}
