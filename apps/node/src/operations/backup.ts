import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { sweep } from '@auraimage/host';
import type { ChangeOrigin, ObjectInventory } from '@auraimage/ports';
import {
  createObjectRows,
  isEarlierCopy,
  isInUse,
  openSqliteRecords,
  pendingMigrations,
  type SqlRecords,
  snapshotSqlite,
} from '@auraimage/records-sql';
import { type Config, ConfigError } from '../config/config.js';
import { databaseFile, openRecords } from '../startup/stores.js';
import { type CopyOptions, type CopyReport, copyObjects } from './copy-objects.js';
import { configuredDatabase } from './database.js';
import { configuredKeys, configuredPlace, openPlace, openTarget } from './places.js';

const BACKUP_ORIGIN: ChangeOrigin = {
  actor: { kind: 'system', name: 'aura-server backup' },
  address: '',
};

export interface BackupOptions extends Pick<CopyOptions, 'depth' | 'atOnce' | 'onProgress'> {
  /** Removes objects of earlier backups that this one does not contain. */
  readonly prune: boolean;
}

export interface BackupReport extends CopyReport {
  /** Number of pruned objects. */
  readonly pruned: number;
}

/**
 * Copies the database and its objects to a folder while servers are running. Repeated backups to the same folder
 * copy only new objects.
 *
 * The database is copied first, as a snapshot, then the objects: an object exists before its row and never
 * changes. This order has one race: an image deleted meanwhile has a row in the copy but no object. Then its row
 * is removed from the copy, too. The copy is renamed into place at the end, so the folder always contains one
 * complete backup.
 *
 * @throws {ConfigError} if the folder cannot hold a backup
 */
export async function backUp(
  config: Config,
  folder: string,
  options: BackupOptions,
): Promise<BackupReport> {
  refuseFolder(config, folder);
  await refuseOldTables(config);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { records: live, key } = await openRecords(config);
  try {
    await refuseOthers(live, folder);
    await removeOldDrafts(folder);
    return await copyInto(folder, { config, live, key }, options);
  } finally {
    await live.close();
  }
}

interface Source {
  readonly config: Config;
  readonly live: SqlRecords;
  readonly key: Uint8Array;
}

async function copyInto(
  folder: string,
  { config, live, key }: Source,
  { prune, ...options }: BackupOptions,
): Promise<BackupReport> {
  const name = `${DRAFT}${randomUUID()}`;
  const draft = join(folder, name);
  const source = await openPlace(configuredPlace(config), configuredKeys(config), config);
  const target = await openTarget({ kind: 'folder', root: join(folder, 'store') }, null, config);
  try {
    snapshotSqlite(databaseFile(config.dataDir), draft);
    const report = await withRecords(draft, key, (copy) =>
      copyObjects(
        {
          wanted: createObjectRows(copy.kysely),
          current: createObjectRows(live.kysely),
          from: source.objects,
          into: target.into,
        },
        {
          ...options,
          async onGone(row) {
            // Rows of a project that is being deleted are removed when its deletion resumes.
            if (!row.isProjectDeleting) await copy.images.remove(row, BACKUP_ORIGIN);
          },
        },
      ),
    );
    await nameDraft(folder, draft);
    const isWhole = report.problems.length === 0;
    const pruned = prune && isWhole ? await pruneStore(folder, key, target.inventory) : 0;
    return { ...report, pruned };
  } finally {
    await source.close();
    await removeFiles(folder, await namesIn(folder, name));
  }
}

const DRAFT = 'aura.db.unfinished-';
/** The draft itself, without the files that SQLite and the records put next to it. */
const DRAFT_ITSELF = /-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function refuseFolder({ dataDir }: Config, folder: string): void {
  const path = relative(dataDir, folder);
  const isOutside = path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path);
  if (!isOutside) {
    throw new ConfigError(
      `--to ${folder}: a backup belongs outside of AURA_DATA_DIR, best on another disk`,
    );
  }
  const file = databaseFile(folder);
  if (!existsSync(file)) return;
  let isOpen: boolean;
  try {
    isOpen = isInUse(file);
  } catch {
    throw notOurs(folder); // not a database, or not readable
  }
  if (isOpen) throw new ConfigError(`--to ${folder}: a server has this database open`);
}

/** A database of another installation would be replaced, and its images pruned. */
async function refuseOthers({ kysely }: SqlRecords, folder: string): Promise<void> {
  const file = databaseFile(folder);
  if (existsSync(file) && !(await isEarlierCopy(file, kysely))) throw notOurs(folder);
}

function notOurs(folder: string): ConfigError {
  return new ConfigError(
    `--to ${folder}: its aura.db is not from an earlier backup of this database. Name an empty folder, or move that file away`,
  );
}

/**
 * A backup is the way back from an upgrade: the new program must not migrate tables that the old one still uses.
 */
async function refuseOldTables(config: Config): Promise<void> {
  const { missing } = await pendingMigrations(configuredDatabase(config));
  if (missing.length === 0) return;
  throw new ConfigError(
    `The database is of an older version, without ${missing.join(', ')}: back it up with the program of that version, or run aura-server migrate first`,
  );
}

async function withRecords<T>(
  file: string,
  masterKey: Uint8Array,
  work: (records: SqlRecords) => Promise<T>,
): Promise<T> {
  const records = await openSqliteRecords({ file, masterKey });
  try {
    return await work(records);
  } finally {
    await records.close();
  }
}

/** Durably renames a complete copy into place. */
async function nameDraft(folder: string, draft: string): Promise<void> {
  const file = databaseFile(folder);
  // Left by a server that once ran there: SQLite would apply them to the new file.
  for (const name of [`${file}-wal`, `${file}-shm`]) await rm(name, { force: true });
  await rename(draft, file);
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function pruneStore(
  folder: string,
  masterKey: Uint8Array,
  inventory: ObjectInventory,
): Promise<number> {
  const file = databaseFile(folder);
  const { orphans } = await withRecords(file, masterKey, ({ kysely, images }) =>
    sweep(
      { inventory, rows: createObjectRows(kysely), images },
      { graceMs: 0, apply: true, removeRows: false },
    ),
  );
  await rm(`${file}-reserve`, { force: true });
  return orphans.removed;
}

/**
 * Removes interrupted copies. Concurrent backups would break each other: one would prune what the other has just
 * copied.
 *
 * @throws {ConfigError} if another backup into the folder is running
 */
async function removeOldDrafts(folder: string): Promise<void> {
  const names = await namesIn(folder, DRAFT);
  const isRunning = (name: string): boolean => {
    try {
      return isInUse(join(folder, name));
    } catch {
      return false; // not a database, or removed meanwhile
    }
  };
  if (names.some((name) => DRAFT_ITSELF.test(name) && isRunning(name))) {
    throw new ConfigError(`--to ${folder}: another backup into this folder is running`);
  }
  await removeFiles(folder, names);
}

async function namesIn(folder: string, prefix: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith(prefix));
}

async function removeFiles(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) await rm(join(folder, name), { force: true });
}
