import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../config/config.js';
import { adoptNextKey, loadMasterKey, readNextKey, storeNextKey } from './master-key.js';

describe('loadMasterKey', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aura-key-'));
    path = join(folder, 'master.key');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('creates a key once, readable only by its owner', async () => {
    const key = await loadMasterKey(folder);
    expect(key).toHaveLength(32);
    expect(await loadMasterKey(folder)).toEqual(key);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await readFile(path, 'utf8')).trim()).toBe(key.toString('hex'));
    expect(await readdir(folder)).toEqual(['master.key']);
  });

  it('gives the same key to all servers that start at once', async () => {
    for (let round = 0; round < 20; round++) {
      const keys = await Promise.all(Array.from({ length: 8 }, () => loadMasterKey(folder)));
      expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
      expect(await readdir(folder)).toEqual(['master.key']);
      await rm(path);
    }
  });

  it('uses the configured key and creates no file', async () => {
    const key = Buffer.alloc(32, 7);
    expect(await loadMasterKey(folder, key)).toEqual(key);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([0o640, 0o604, 0o620, 0o777])('refuses a file with mode %o', async (mode) => {
    await loadMasterKey(folder);
    await chmod(path, mode);
    await expect(loadMasterKey(folder)).rejects.toThrow(ConfigError);
    await expect(loadMasterKey(folder)).rejects.toThrow(`chmod 600 ${path}`);
  });

  it.each([
    ['nothing', ''],
    ['half a key', 'ab'.repeat(16)],
    ['a digit more', 'ab'.repeat(32).concat('a')],
    ['more behind it', `${'ab'.repeat(32)} and a note`],
    ['other characters', 'xy'.repeat(32)],
  ])('refuses a file with %s and does not overwrite it', async (_, text) => {
    await writeFile(path, text, { mode: 0o600 });
    await expect(loadMasterKey(folder)).rejects.toThrow(ConfigError);
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('stores the next key until it is adopted', async () => {
    const old = await loadMasterKey(folder);
    expect(await readNextKey(folder)).toBeNull();
    const next = Buffer.alloc(32, 7);
    await storeNextKey(folder, Buffer.alloc(32, 6));
    await storeNextKey(folder, next);
    expect((await stat(`${path}.next`)).mode & 0o777).toBe(0o600);
    expect(await loadMasterKey(folder)).toEqual(old);
    expect(await readNextKey(folder)).toEqual(next);
    await adoptNextKey(folder);
    expect(await loadMasterKey(folder)).toEqual(next);
    expect(await readdir(folder)).toEqual(['master.key']);
  });
});
