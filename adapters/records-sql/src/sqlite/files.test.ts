import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isInUse } from './files.js';
import { openSqliteRecords } from './open.js';

describe('isInUse', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aura-in-use-'));
    file = join(folder, 'aura.db');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('detects another connection without disturbing it', async () => {
    const records = await openSqliteRecords({ file, masterKey: new Uint8Array(32) });
    expect(isInUse(file)).toBe(true);
    expect(isInUse(file)).toBe(true);
    await records.registry.createAccount();
    expect(await records.registry.listProjects()).toEqual([]);
    await records.close();
  });

  it('detects a file that is not open, and keeps its WAL mode', () => {
    const made = new DatabaseSync(file);
    made.exec('PRAGMA journal_mode = WAL; CREATE TABLE names (name TEXT) STRICT');
    expect(isInUse(file)).toBe(true);
    made.close();
    expect(isInUse(file)).toBe(false);
    const later = new DatabaseSync(file);
    expect(later.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    later.close();
  });

  it('creates no file', () => {
    expect(() => isInUse(file)).toThrow(/ENOENT/);
    expect(existsSync(file)).toBe(false);
  });
});
