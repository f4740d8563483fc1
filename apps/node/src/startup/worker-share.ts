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
