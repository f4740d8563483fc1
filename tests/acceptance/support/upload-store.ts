import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isWorker } from '../../harness/program.js';
import type { TestServer } from '../../harness/server.js';
import { listImages } from '../../heavy/support/library.js';

/** Traces that an upload can leave. */
export interface Traces {
  /** Files in the data folder's store, including drafts; in the Worker's, those of the bucket. */
  readonly files: number;
  /** Images that the server's project lists. */
  readonly rows: number;
}

export async function tracesOf(
  server: Pick<TestServer, 'aura' | 'url' | 'credentials' | 'dataDir'>,
): Promise<Traces> {
  const [paths, rows] = await Promise.all([storedFiles(server), listImages(server)]);
  return { files: paths.length, rows: rows.length };
}

/** Paths of the files that {@link Traces} counts. */
export async function storedFiles({ dataDir }: Pick<TestServer, 'dataDir'>): Promise<string[]> {
  if (!isWorker()) return filesUnder(dataDir, 'store');
  return filesUnder(dataDir, 'r2/MASTERS/blobs').catch(() => []);
}

/** Paths of all files in a folder and the folders in it. */
export async function filesUnder(...path: readonly string[]): Promise<string[]> {
  const entries = await readdir(join(...path), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}
