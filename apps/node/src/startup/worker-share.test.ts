import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../config/config.js';
import { cacheFolder, removeStaleCaches, shareOf } from './worker-share.js';

describe('shareOf', () => {
  const sharesOf = (environment: Readonly<Record<string, string>>) => {
    const config = readConfig(environment);
    return Array.from({ length: config.workers }, (_, index) => shareOf(config, index + 1));
  };

  it('divides the image jobs and the cache', () => {
    const shares = sharesOf({ AURA_WORKERS: '3', AURA_IMAGE_JOBS: '5', AURA_CACHE: '320' });
    expect(shares.map(({ imageJobs }) => imageJobs)).toEqual([2, 2, 1]);
    expect(shares.map(({ cacheDiskBytes }) => cacheDiskBytes)).toEqual([107, 107, 106]);
    expect(shares.map(({ cacheMemoryBytes }) => cacheMemoryBytes)).toEqual([4, 3, 3]);
    expect(new Set(shares.map(({ maxConcurrentUploads }) => maxConcurrentUploads)).size).toBe(1);
  });

  it('gives at least one image job, and nothing of a cache that is off', () => {
    const shares = sharesOf({ AURA_WORKERS: '4', AURA_IMAGE_JOBS: '1', AURA_CACHE: '0' });
    expect(shares.map(({ imageJobs }) => imageJobs)).toEqual([1, 1, 1, 1]);
    expect(shares.map(({ cacheDiskBytes }) => cacheDiskBytes)).toEqual([0, 0, 0, 0]);
  });

  it('gives a single process everything', () => {
    const config = readConfig({});
    expect(shareOf(config, 1)).toEqual(config);
  });
});

describe('removeStaleCaches', () => {
  const remaining = async (workers: number, names: readonly string[]) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'aura-caches-'));
    try {
      for (const name of names) {
        await mkdir(join(cacheFolder({ dataDir }), name, 'file'), { recursive: true });
      }
      await removeStaleCaches({ dataDir, workers });
      return (await readdir(cacheFolder({ dataDir }))).sort();
    } finally {
      await rm(dataDir, { recursive: true });
    }
  };
  const all = ['private', 'public', 'tmp', 'worker-1', 'worker-2', 'worker-3', 'yours'];

  it.each([
    [1, ['private', 'public', 'tmp', 'yours']],
    [2, ['worker-1', 'worker-2', 'yours']],
    [4, ['worker-1', 'worker-2', 'worker-3', 'yours']],
  ])('with %i workers keeps their folders and unknown ones', async (workers, left) => {
    expect(await remaining(workers, all)).toEqual(left);
  });

  it('does nothing where there is no cache', async () => {
    await removeStaleCaches({ dataDir: join(tmpdir(), 'aura-nowhere'), workers: 1 });
  });
});
