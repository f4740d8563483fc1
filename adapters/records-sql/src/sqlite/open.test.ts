import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type NewAuditEntry, StorageUnavailableError } from '@auraimage/ports';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { shortOrLong } from '../../../../tests/harness/long.js';
import { WrongMasterKeyError } from '../database/cipher.js';
import { DatabaseSetupError, MigrationError } from '../database/migrations.js';
import { openSqlite } from './connection.js';
import { openSqliteRecords } from './open.js';

const masterKey = new Uint8Array(32).fill(1);
const PROCESSES = shortOrLong(3, 6);

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-records-'));
  file = join(folder, 'aura.db');
});
afterEach(() => rm(folder, { recursive: true }));

const open = () => openSqliteRecords({ file, masterKey });

async function makeProject() {
  const records = await open();
  const accountId = await records.registry.createAccount();
  const project = await records.registry.createProject(
    {
      accountId,
      name: 'my-app',
      serveSecret: 'psk_live_the-serve-secret',
      allowedOrigins: [],
      quotaBytes: 1000,
    },
    100,
    by(accountId),
  );
  if (typeof project === 'string') throw new Error(project);
  return { records, project };
}

const by = (accountId: string): NewAuditEntry => ({
  accountId,
  actor: { kind: 'system', name: 'start' },
  action: 'project.created',
  project: 'my-app',
  target: null,
  details: {},
  address: '',
});

/** Runs SQL past the adapter. */
function alter(text: string): void {
  const connection = openSqlite(file);
  connection.database.exec(text);
  connection.close();
}

describe('openSqliteRecords', () => {
  it('keeps its records when it is opened again', async () => {
    const { records, project } = await makeProject();
    await records.close();
    const again = await open();
    expect(await again.registry.findProject('my-app')).toEqual(project);
    expect(await again.registry.serveSecrets(project.id)).toEqual({
      current: 'psk_live_the-serve-secret',
      previous: null,
    });
    await again.close();
  });

  it('refuses a database with another master key', async () => {
    await (await open()).close();
    const other = openSqliteRecords({ file, masterKey: new Uint8Array(32).fill(2) });
    await expect(other).rejects.toThrow(WrongMasterKeyError);
    await (await open()).close();
  });

  it('refuses a newer database without changing it', async () => {
    await (await open()).close();
    alter(`INSERT INTO migrations VALUES ('9999-from-the-future.sql', 'x', 0)`);
    await expect(open()).rejects.toThrow(MigrationError);
    await expect(open()).rejects.toThrow('9999-from-the-future.sql');
    alter(`DELETE FROM migrations WHERE name LIKE '9999%'`);
    await (await open()).close();
  });

  it.each(['checksum', 'name'])('refuses a migration with another %s', async (column) => {
    await (await open()).close();
    alter(`UPDATE migrations SET ${column} = 'another' WHERE name LIKE '0001%'`);
    await expect(open()).rejects.toThrow(MigrationError);
  });

  it('refuses a file that is no database', async () => {
    const notes = fileURLToPath(new URL('../../package.json', import.meta.url));
    const before = await readFile(notes);
    const opened = openSqliteRecords({ file: notes, masterKey });
    await expect(opened).rejects.toThrow(DatabaseSetupError);
    await expect(opened).rejects.toThrow(/package\.json cannot be used .* set AURA_DATA_DIR/);
    expect(await readFile(notes)).toEqual(before);
  });

  it('creates files that only the server can read', async () => {
    const { records } = await makeProject();
    const names = await readdir(folder);
    expect(names).toContain('aura.db-wal');
    for (const name of names) expect((await stat(join(folder, name))).mode & 0o077, name).toBe(0);
    await records.close();
  });

  it('syncs every commit, and lets readers and writers run concurrently', async () => {
    await (await open()).close();
    const connection = openSqlite(file);
    const pragma = (name: string) => connection.database.prepare(`PRAGMA ${name}`).get();
    expect(pragma('journal_mode')).toEqual({ journal_mode: 'wal' });
    expect(pragma('synchronous')).toEqual({ synchronous: 2 }); // FULL
    expect(pragma('foreign_keys')).toEqual({ foreign_keys: 1 });
    connection.close();
  });

  it('rejects after it was closed', async () => {
    const { records } = await makeProject();
    await records.close();
    const address = { project: 'my-app', key: 'abc123xyz0-photo.jpg' };
    await expect(records.images.ping()).rejects.toThrow();
    await expect((async () => records.images.find(address))()).rejects.toThrow();
    await expect(records.projects.uploadPolicy('my-app')).rejects.toThrow();
  });
});

describe('several processes', () => {
  it('wait for each other, and fail with a temporary error on a timeout', async () => {
    const records = await open();
    await sql`PRAGMA busy_timeout = 20`.execute(records.kysely);
    const other = openSqlite(file);
    other.database.exec('BEGIN IMMEDIATE');
    await expect(records.registry.createAccount()).rejects.toThrow(StorageUnavailableError);
    await expect(records.registry.firstAccount()).rejects.toThrow(StorageUnavailableError);
    other.database.exec('COMMIT');
    other.close();
    await records.registry.createAccount();
    await records.close();
  });

  it('start concurrently on a new database', async () => {
    await Promise.all(
      Array.from({ length: PROCESSES }, () => run(`await records.registry.createAccount();`)),
    );
    const connection = openSqlite(file);
    const count = (table: string) =>
      connection.database.prepare(`SELECT count(*) AS n FROM ${table}`).get();
    expect(count('accounts')).toEqual({ n: PROCESSES });
    connection.close();
  });

  it('never exceed a quota together, and lose no usage', async () => {
    const { records, project } = await makeProject();
    const outcomes = await Promise.all(
      Array.from({ length: PROCESSES }, (_, n) =>
        run(`
          for (let i = 0; i < 20; i++) {
            const image = {
              project: 'my-app', projectId: '${project.id}', key: \`00000000${n}\${i % 10}-photo.jpg\`, visibility: 'public',
              type: 'image/png', size: 60, width: 1, height: 1,
              frames: 1, hasAlpha: false, blurhash: '', sha256: '',
              fileName: null, objectId: \`${n}-\${i}\`, createdAt: i,
            };
            console.log(typeof (await records.images.insert(image)));
            if (i < 10) await records.images.remove(image, { actor: { kind: 'system', name: 'test' }, address: '' });
          }`),
      ),
    );
    const { images } = await records.images.list('my-app', { limit: 1000 });
    expect((await records.registry.findProject('my-app'))?.usedBytes).toBe(images.length * 60);
    expect(images.length).toBeLessThanOrEqual(16);
    expect(outcomes.join('').split('\n').filter(Boolean)).toHaveLength(PROCESSES * 20);
    await records.close();
  });
});

/** Runs a script in a process of its own, with `records` open; gives what it printed. */
async function run(script: string): Promise<string> {
  const source = `
    import { openSqliteRecords } from '@auraimage/records-sql';
    const masterKey = new Uint8Array(32).fill(1);
    const records = await openSqliteRecords({ file: process.argv[1], masterKey });
    ${script}
    await records.close();`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source, file], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  expect(errors).toBe('');
  expect(child.exitCode).toBe(0);
  return output;
}
