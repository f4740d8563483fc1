import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config.js';

/**
 * A worker's part of what the settings give the whole machine. Each gets one of everything at least, so
 * that many workers may pass a small number.
 *
 * @param number of the worker, from 1 to `config.workers`
 */
export function shareOf(config: Config, number: number): Config {
  const { workers } = config;
  const part = (total: number): number =>
    Math.floor(total / workers) + (number <= total % workers ? 1 : 0);
  const one = (total: number): number => Math.max(1, part(total));
  return {
    ...config,
    imageJobs: one(config.imageJobs),
    maxConcurrentUploads: one(config.maxConcurrentUploads),
    maxConnections: one(config.maxConnections),
    cacheBytes: part(config.cacheBytes),
    cacheDiskBytes: part(config.cacheDiskBytes),
  };
}

/** The folder of a process's edge cache; a process that is alone has no number. */
export function cacheFolder({ dataDir }: Pick<Config, 'dataDir'>, number?: number): string {
  return number === undefined ? join(dataDir, 'cache') : join(dataDir, 'cache', `worker-${number}`);
}

/** What a process that is alone keeps right in the folder. */
const OWN = /^(?:[0-9a-f]{2}|tmp)$/;
const WORKERS = /^worker-(\d+)$/;

/**
 * Removes the edge caches of workers that are no more, which nobody else would: each process keeps to a
 * folder of its own. To be called before the processes start. What cannot be removed stays.
 */
export async function tidyCaches({
  dataDir,
  workers,
}: Pick<Config, 'dataDir' | 'workers'>): Promise<void> {
  const folder = cacheFolder({ dataDir });
  const isAlone = workers === 1;
  const isStale = (name: string): boolean => {
    const number = WORKERS.exec(name)?.[1];
    if (number !== undefined) return isAlone || Number(number) > workers;
    return !isAlone && OWN.test(name);
  };
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter(isStale)) {
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
}
