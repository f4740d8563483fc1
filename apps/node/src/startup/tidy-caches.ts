import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config.js';
import { cacheFolder } from './worker-share.js';

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
