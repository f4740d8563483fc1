import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { openSqliteRecords } from '@auraimage/records-sql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Config, readConfig } from '../config/config.js';
import { openRecords } from '../startup/stores.js';
import { backUp } from './backup.js';
import { configuredPlace, openTarget } from './places.js';

const LONG_AGO = new Date(Date.now() - 3 * 86_400_000);

let root: string;
let folder: string;
let config: Config;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'aura-backup-'));
  folder = join(root, 'backup');
  config = readConfig({ AURA_DATA_DIR: join(root, 'data') });
  const { records } = await openRecords(config);
  await records.close();
  const target = await openTarget(configuredPlace(config), null, config);
  await target.close();
});

afterEach(() => rm(root, { recursive: true, force: true }));

const run = () => backUp(config, folder, { prune: false, depth: 'noted', atOnce: 2 });
const draftPath = () => join(folder, `aura.db.unfinished-${randomUUID()}`);

describe('backUp', () => {
  it('is refused while another backup into the folder is running, however long it takes', async () => {
    await mkdir(folder);
    const draft = draftPath();
    const other = await openSqliteRecords({ file: draft, masterKey: randomBytes(32) });
    await utimes(draft, LONG_AGO, LONG_AGO);
    await expect(run()).rejects.toThrow(/another backup into this folder/);
    expect(await readdir(folder)).toContain(basename(draft));
    await other.close();
  });

  it('removes the files of an interrupted backup', async () => {
    await mkdir(folder);
    await writeFile(draftPath(), 'cut off in the middle');
    expect(await run()).toMatchObject({ problems: [] });
    expect((await readdir(folder)).sort()).toEqual(['aura.db', 'store']);
  });

  it('is refused in a folder whose aura.db is something else', async () => {
    await mkdir(folder);
    await writeFile(join(folder, 'aura.db'), 'the diary of Aura');
    await expect(run()).rejects.toThrow(/not from an earlier backup/);
    expect(await readFile(join(folder, 'aura.db'), 'utf8')).toBe('the diary of Aura');
  });

  it('does not migrate the tables of an older version', async () => {
    const { records } = await openRecords(config);
    const db = records.kysely.withTables<{ migrations: { name: string } }>();
    const { name } = await db
      .selectFrom('migrations')
      .select('name')
      .orderBy('name', 'desc')
      .executeTakeFirstOrThrow();
    await db.deleteFrom('migrations').where('name', '=', name).execute();
    await records.close();
    const number = name.slice(0, 4);
    await expect(run()).rejects.toThrow(
      new RegExp(`older version, without ${number}.*aura-server migrate`),
    );
  });
});

it.each(['backup', '..backup', '...', join('deep', 'backup')])(
  'refuses a folder inside the data folder: %s',
  async (name) => {
    const inside = join(root, 'data', name);
    const backup = backUp(config, inside, { prune: false, depth: 'noted', atOnce: 2 });
    await expect(backup).rejects.toThrow(/outside of AURA_DATA_DIR/);
  },
);
