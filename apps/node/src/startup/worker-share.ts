import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config.js';

/**
 * A worker's share of what bounds the whole machine. Each worker has at least one image job, so many workers together
 * may have more than the machine.
 *
 * @param number of the worker, from 1 to `config.workers`
 */
export function shareOf(config: Config, number: number): Config {
  const { workers } = config;
  const part = (total: number): number =>
    Math.floor(total / workers) + (number <= total % workers ? 1 : 0);
  return {
    ...config,
    imageJobs: Math.max(1, part(config.imageJobs)),
    cacheMemoryBytes: part(config.cacheMemoryBytes),
    cacheDiskBytes: part(config.cacheDiskBytes),
  };
}

/** The folder of a process's derived bytes. A single process has no number. */
export function cacheFolder({ dataDir }: Pick<Config, 'dataDir'>, number?: number): string {
  return number === undefined ? join(dataDir, 'cache') : join(dataDir, 'cache', `worker-${number}`);
}

/** The folders of this machine's other workers. */
export function otherCacheFolders(
  config: Pick<Config, 'dataDir' | 'workers'>,
  number?: number,
): string[] {
  if (number === undefined) return [];
  const numbers = Array.from({ length: config.workers }, (_, index) => index + 1);
  return numbers.filter((other) => other !== number).map((other) => cacheFolder(config, other));
}

/** What a single process keeps directly in the folder. */
const SINGLE = /^(?:public|private|tmp)$/;
const WORKERS = /^worker-(\d+)$/;

/**
 * Removes the derived bytes of workers that no longer exist: each process only manages its own folder. Call it
 * before the processes start. Folders that cannot be removed are left.
 */
export async function removeStaleCaches({
  dataDir,
  workers,
}: Pick<Config, 'dataDir' | 'workers'>): Promise<void> {
  const folder = cacheFolder({ dataDir });
  const isSingle = workers === 1;
  const isStale = (name: string): boolean => {
    const number = WORKERS.exec(name)?.[1];
    if (number !== undefined) return isSingle || Number(number) > workers;
    return !isSingle && SINGLE.test(name);
  };
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter(isStale)) {
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
}
