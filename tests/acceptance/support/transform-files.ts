import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestServer } from '../../harness/server.js';
import { filesUnder } from './upload-store.js';

type Folder = Pick<TestServer, 'dataDir'>;

/** Folders with variants in the data folder, by visibility. */
const FOLDERS = { public: ['cache', 'public'], private: ['cache', 'private'] } as const;

/** Paths of the stored variants. */
export async function keptFiles(
  { dataDir }: Folder,
  visibility: 'public' | 'private',
): Promise<readonly string[]> {
  const folder = join(dataDir, ...FOLDERS[visibility]);
  return existsSync(folder) ? filesUnder(folder) : [];
}

export function variantFolder({ dataDir }: Folder, visibility: 'public' | 'private'): string {
  return join(dataDir, ...FOLDERS[visibility]);
}

/** The only master file with these bytes. */
export async function masterPath({ dataDir }: Folder, file: Uint8Array): Promise<string> {
  const wanted = sha256(file);
  const paths = await pathsOf(await filesUnder(dataDir, 'store', 'objects'), wanted);
  const [path, ...more] = paths;
  if (path === undefined || more.length > 0)
    throw new Error(`${paths.length} masters are the file`);
  return path;
}

/** The files among these paths that have the same bytes. */
export async function pathsWith(
  paths: readonly string[],
  bytes: Uint8Array,
): Promise<readonly string[]> {
  return pathsOf(paths, sha256(bytes));
}

async function pathsOf(paths: readonly string[], wanted: string): Promise<readonly string[]> {
  const hashes = await Promise.all(paths.map(async (path) => sha256(await readFile(path))));
  return paths.filter((_, index) => hashes[index] === wanted);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
