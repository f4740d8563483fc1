import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Miniflare } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerD1, type D1, D1_ACCOUNT, D1_DATABASE } from '../../../../tests/harness/d1-api.js';
import { startWorkerd } from '../../../../tests/harness/workerd/suite.js';
import type { D1Binding } from '../d1/binding.js';
import type { D1Place } from '../d1/http-api.js';
import { openD1Records } from '../d1/open.js';
import { readMigrations } from '../database/migration-files.js';
import { openSqlite } from '../sqlite/connection.js';
import { openSqliteRecords } from '../sqlite/open.js';
import { fillEveryTable } from '../testing/every-table.js';
import { checkD1Key, reopenD1 } from './d1-side.js';
import { TABLES } from './tables.js';
import { transferDatabase } from './transfer.js';

const masterKey = new Uint8Array(32).fill(1);
/** More than two pages. */
const ACCOUNTS = 2300;
const TOKEN = 'token';
const place: D1Place = {
  kind: 'd1',
  accountId: D1_ACCOUNT,
  databaseId: D1_DATABASE,
  token: TOKEN,
  api: 'http://d1.test/client/v4',
};

let folder: string;
let file: string;
let workerd: Miniflare;
let database: D1;
/** Called with the body of each request; may throw, as if the process were killed there. */
let onRequest: (body: string) => void = () => {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-d1-'));
  file = join(folder, 'aura.db');
  await fillEveryTable(file, masterKey, ACCOUNTS);
  const program = 'export default { fetch: () => new Response() }';
  workerd = await startWorkerd(program, { d1Databases: ['DB'] });
  database = await workerd.getD1Database('DB');
});

afterAll(async () => {
  await workerd?.dispose();
  await rm(folder, { recursive: true });
});

const send: typeof fetch = async (address, init) => {
  const body = String(init?.body);
  onRequest(body);
  const answer = await answerD1(database, TOKEN, new Request(String(address), init));
  return answer;
};
const d1 = { fetch: send, wait: async () => {} };
const moveThere = (from = file) =>
  transferDatabase({ from: { kind: 'sqlite', file: from }, to: place, d1 });
const moveBack = (to: string) =>
  transferDatabase({ from: place, to: { kind: 'sqlite', file: to }, d1 });
const openOnWorker = () =>
  openD1Records({
    binding: database as unknown as D1Binding,
    masterKey,
    migrations: readMigrations('sqlite'),
  });

async function countIn(table: string): Promise<number> {
  const { results } = await database.prepare(`SELECT count(*) AS n FROM ${table}`).all();
  return Number((results as { n: number }[])[0]?.n);
}

/** Every row of a file. */
function rowsOf(path: string): Map<string, unknown> {
  const { database, close } = openSqlite(path);
  const rows = new Map(
    TABLES.map(({ name, key }) => [
      name,
      database.prepare(`SELECT * FROM ${name} ORDER BY ${key.join(', ')}`).all(),
    ]),
  );
  close();
  return rows;
}

class Killed extends Error {}

/** Lets requests end a transfer, as SIGKILL does: the process asks no more. */
async function killAt(isMoment: (body: string) => boolean): Promise<void> {
  onRequest = (body) => {
    if (isMoment(body)) throw Object.assign(new Killed('killed'), { code: 'KILLED' });
  };
  // A killed process does not try again either.
  const once = { fetch: send, wait: () => Promise.reject(new Killed('killed')) };
  const moving = transferDatabase({ from: { kind: 'sqlite', file }, to: place, d1: once });
  await expect(moving).rejects.toThrow(Killed);
  onRequest = () => {};
}

describe('transferDatabase to and from D1', () => {
  it('has rows of every table to copy', () => {
    for (const [table, rows] of rowsOf(file)) expect((rows as unknown[]).length, table).not.toBe(0);
  });

  it('continues after kills; until it is done, no Worker opens the database', async () => {
    let pages = 0;
    await killAt((body) => body.includes('INTO accounts ') && ++pages === 2);
    expect(await countIn('accounts')).toBe(1000);
    await expect(openOnWorker()).rejects.toThrow(/has not copied all rows/);
    await expect(checkD1Key(place, masterKey, d1)).rejects.toThrow(/has not copied all rows/);
    await killAt((body) => body.includes('INTO audit_log'));
    expect(await countIn('accounts')).toBe(ACCOUNTS);
    await killAt((body) => body.includes('UPDATE settings'));
    await expect(openOnWorker()).rejects.toThrow(/has not copied all rows/);

    const inserted: string[] = [];
    onRequest = (body) => inserted.push(/INTO (\w+) /.exec(body)?.[1] ?? '');
    const seen: string[] = [];
    const report = await transferDatabase({
      from: { kind: 'sqlite', file },
      to: place,
      d1,
      onProgress: ({ step, done, total }) => void (done === total && seen.push(step)),
    });
    onRequest = () => {};
    expect(seen).toEqual(expect.arrayContaining(['copied', 'compared']));
    expect(inserted).not.toContain('accounts'); // they were there
    expect(report.tables).toContainEqual({ name: 'accounts', rows: ACCOUNTS });
    await checkD1Key(place, masterKey, d1);
    await expect(checkD1Key(place, new Uint8Array(32), d1)).rejects.toThrow(/cannot decrypt/);
    const records = await openOnWorker();
    const image = await records.images.find({ project: 'my-app', key: 'k-2' });
    expect(image).toMatchObject({ image: { visibility: 'private' } });
  });

  it('refuses a database with rows', async () => {
    await expect(moveThere()).rejects.toThrow(/the target has 1 rows in settings/);
    expect(await countIn('accounts')).toBe(ACCOUNTS);
  });

  it('closes the source: the Worker reads, and can change nothing until it is reopened', async () => {
    const back = join(folder, 'back.db');
    await moveBack(back);
    expect(rowsOf(back)).toEqual(rowsOf(file));

    const records = await openOnWorker();
    const image = { project: 'my-app', key: 'k-2' };
    const origin = { actor: { kind: 'system', name: 'test' }, address: '' } as const;
    const flip = () => records.images.setVisibility(image, 'public', origin);
    const visibility = async () => (await records.images.find(image))?.image.visibility;
    expect(await visibility()).toBe('private');
    await expect(flip()).rejects.toThrow(/closed for changes/);
    expect(await visibility()).toBe('private');
    expect(await reopenD1(place, d1)).toBe(true);
    expect(await reopenD1(place, d1)).toBe(false);
    await flip();
    expect(await visibility()).toBe('public');
  });

  it('gives up an interrupted copy whose source has changed', async () => {
    for (const { name } of [...TABLES].reverse()) await database.exec(`DELETE FROM ${name}`);
    await killAt((body) => body.includes('INTO images '));
    await database.exec("UPDATE accounts SET created_at = 5 WHERE id = 'account-7'");
    await expect(moveThere()).rejects.toThrow(/^accounts: 2300 rows with SHA-256/);
    await expect(openOnWorker()).rejects.toThrow(/has not copied all rows/);

    const other = join(folder, 'other.db');
    await (await openSqliteRecords({ file: other, masterKey })).close();
    await expect(moveThere(other)).rejects.toThrow(/the target has/);
  });
});
