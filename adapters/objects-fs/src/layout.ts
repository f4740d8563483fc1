import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder } from './folders.js';

/** Paths under the root. */
export interface Layout {
  readonly root: string;
  readonly temporary: string;
  readonly objects: string;
  /** A file that is being written. */
  draftPath(id: string): string;
  /** One of 256 folders, all created at the start, so that an upload creates and syncs none. */
  objectFolder(id: string): string;
  objectPath(id: string): string;
}

export function createLayout(root: string): Layout {
  const temporary = join(root, 'tmp');
  const objects = join(root, 'objects');
  const objectFolder = (id: string) => join(objects, id.slice(0, 2));
  return {
    root,
    temporary,
    objects,
    draftPath: (id) => join(temporary, id),
    objectFolder,
    objectPath: (id) => join(objectFolder(id), id),
  };
}

/**
 * Creates the folders durably.
 *
 * @param groupReads whether the group of this process may list and enter those of objects
 */
export async function makeRootFolders(
  { root, temporary, objects }: Layout,
  groupReads = false,
): Promise<void> {
  const names = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
  const leaves = names.map((name) => join(objects, name));
  // Synchronously: to wait for a thread at each of 259 calls would take a fifth of the time of a start.
  for (const folder of [root, temporary, objects, ...leaves]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  // Whatever the process's umask is.
  if (groupReads) for (const folder of [root, objects, ...leaves]) chmodSync(folder, 0o750);
  await syncFolder(objects);
  await syncFolder(root);
}
