import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, runSql } from '../../../../../tests/postgres/support/database.js';
import { openPostgresRecords } from '../../postgres/open.js';
import { openSqlite } from '../../sqlite/connection.js';
import { openSqliteRecords } from '../../sqlite/open.js';
import { fillEveryTable } from '../../testing/every-table.js';
import { pendingMigrations } from '../pending.js';
import { openPostgresTransferDatabase } from '../postgres-transfer-database.js';
import { EXCLUDED_TABLES, TABLES } from '../tables.js';
import { transferDatabase } from '../transfer.js';

const masterKey = new Uint8Array(32).fill(1);
/** More than a page. */
const ACCOUNTS = 1300;

let folder: string;
let file: string;
let url: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-records-'));
  file = join(folder, 'aura.db');
  await fillEveryTable(file, masterKey, ACCOUNTS);
  url = await createDatabase();
});
afterEach(() => rm(folder, { recursive: true }));

const countIn = async (table: string) =>
  Number((await runSql<{ n: string }>(url, `SELECT count(*) AS n FROM ${table}`))[0]?.n);
const move = () =>
  transferDatabase({ from: { kind: 'sqlite', file }, to: { kind: 'postgres', url } });

describe('transferDatabase', () => {
  it('covers every table of both databases', async () => {
    await (await openPostgresRecords({ url, masterKey })).close();
    const inPostgres = await runSql<{ name: string }>(
      url,
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    const { database, close } = openSqlite(file);
    const inSqlite = database
      .prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'`)
      .all() as { name: string }[];
    close();
    const known = TABLES.map(({ name }) => name).sort();
    for (const tables of [inPostgres, inSqlite]) {
      const moved = tables.map(({ name }) => name).filter((name) => !EXCLUDED_TABLES.has(name));
      expect(moved.sort()).toEqual(known);
    }
  });

  it('copies every row there and back', async () => {
    const report = await move();
    expect(report.tables).toContainEqual({ name: 'accounts', rows: ACCOUNTS });
    expect(report.tables.every(({ rows }) => rows > 0)).toBe(true);
    const records = await openPostgresRecords({ url, masterKey });
    const entry = {
      actor: { kind: 'system', name: 'x' },
      action: 'project.created',
      project: null,
      target: null,
      details: {},
      address: '',
    } as const;
    await records.audit.append([{ ...entry, accountId: 'account-1', at: 2 }]);
    await records.close();
    const seqs = await runSql<{ seq: string }>(url, 'SELECT seq FROM audit_log ORDER BY seq');
    expect(seqs.map(({ seq }) => Number(seq))).toEqual([41, 42, 43, 44, 45]);

    const source = await openPostgresTransferDatabase(url, 'source');
    const change = "SET lock_timeout = '50ms'; UPDATE accounts SET created_at = 1";
    await expect(runSql(url, change)).rejects.toThrow(/lock timeout/);
    await source.close();

    const back = join(folder, 'back.db');
    await transferDatabase({ from: { kind: 'postgres', url }, to: { kind: 'sqlite', file: back } });
    const [one, other] = [openSqlite(file), openSqlite(back)];
    for (const { name, key } of TABLES.filter(({ name }) => name !== 'audit_log')) {
      const rows = ({ database }: typeof one) =>
        database.prepare(`SELECT * FROM ${name} ORDER BY ${key.join(', ')}`).all();
      expect(rows(other), name).toEqual(rows(one));
    }
    one.close();
    other.close();
  });

  it('writes nothing when a row is not read back as it was written', async () => {
    await (await openPostgresRecords({ url, masterKey })).close();
    await runSql(url, 'DELETE FROM settings');
    await runSql(
      url,
      `CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN NEW.created_at = NEW.created_at + (NEW.id = 'account-1299')::int; RETURN NEW; END $$;
       CREATE TRIGGER spoil BEFORE INSERT ON accounts FOR EACH ROW EXECUTE FUNCTION spoil()`,
    );
    await expect(move()).rejects.toThrow(/^accounts: 1300 rows with SHA-256/);
    for (const { name } of TABLES) expect(await countIn(name), name).toBe(0);
  });

  it('refuses a database with rows, or with tables of another program', async () => {
    await move();
    await expect(move()).rejects.toThrow(/the target has 1 rows in settings/);
    url = await createDatabase();
    await runSql(url, 'CREATE TABLE guests (id TEXT)');
    await expect(move()).rejects.toThrow(/has the tables .*guests/);
    expect(await countIn('accounts')).toBe(0);
  });

  it('fails with a message for a missing database', async () => {
    const none = { kind: 'sqlite', file: join(folder, 'none.db') } as const;
    const to = { kind: 'postgres', url } as const;
    await expect(transferDatabase({ from: none, to })).rejects.toThrow(/ENOENT/);
  });
});

describe('pendingMigrations', () => {
  it('lists the pending ones, and creates nothing', async () => {
    const places = [
      { kind: 'sqlite', file: join(folder, 'new.db') },
      { kind: 'postgres', url },
    ] as const;
    const [inFile, inServer] = await Promise.all(places.map(pendingMigrations));
    expect(inFile?.applied).toBe(0);
    expect(inFile?.missing[0]).toBe('0001-first-tables.sql');
    expect(inServer?.missing[0]).toBe('0001-first-tables.sql');
    expect(await runSql(url, `SELECT 1 FROM pg_tables WHERE schemaname = 'public'`)).toEqual([]);
    await (await openPostgresRecords({ url, masterKey })).close();
    await (await openSqliteRecords({ file: places[0].file, masterKey })).close();
    for (const place of places) {
      expect(await pendingMigrations(place)).toMatchObject({ missing: [] });
    }
  });
});
