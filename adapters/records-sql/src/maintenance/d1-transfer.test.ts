import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StorageUnavailableError } from '@auraimage/ports';
import type { Miniflare } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { d1ApiWorker } from '../../../../tests/harness/d1-api.js';
import { startWorkerd } from '../../../../tests/harness/workerd/suite.js';
import { D1_ACCOUNT, D1_DATABASE } from '../../../../tests/workerd/d1-api.js';
import type { D1Binding } from '../d1/binding.js';
import type { D1Place } from '../d1/http-api.js';
import { openD1Records, requireOpen } from '../d1/open.js';
import { WrongMasterKeyError } from '../database/cipher.js';
import { readMigrations } from '../database/migration-files.js';
import { openSqlite } from '../sqlite/connection.js';
import { openSqliteRecords } from '../sqlite/open.js';
import { CLI_TOKEN, fillEveryTable } from '../testing/every-table.js';
import { reopenD1 } from './d1-closing.js';
import { rekeyD1Records } from './d1-rekey.js';
import { checkD1Key } from './d1-transfer-database.js';
import { TABLES } from './tables.js';
import { transferDatabase } from './transfer.js';

const masterKey = new Uint8Array(32).fill(1);
/** More than a page. */
const ACCOUNTS = 1300;
let place: D1Place;
const placeWith = (token: string): D1Place => ({
  kind: 'd1',
  accountId: D1_ACCOUNT,
  databaseId: D1_DATABASE,
  token,
  api: 'http://d1.test/client/v4',
});

let folder: string;
let file: string;
let workerd: Miniflare;
let database: Awaited<ReturnType<Miniflare['getD1Database']>>;
/** Called with the body of each request, before and after it; may throw, as if the process were killed there. */
let onRequest: (body: string) => unknown = () => {};
/** A request that has written presets. */
let lateWrite = '';
let onAnswer: (body: string) => void = () => {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-d1-'));
  file = join(folder, 'aura.db');
  await fillEveryTable(file, masterKey, ACCOUNTS);
  const { program, token, options } = await d1ApiWorker();
  place = placeWith(token);
  workerd = await startWorkerd(program, options);
  database = await workerd.getD1Database('DB');
});

afterAll(async () => {
  await workerd?.dispose();
  await rm(folder, { recursive: true });
});

const send: typeof fetch = async (address, init) => {
  const body = String(init?.body);
  await onRequest(body);
  if (body.includes('INTO presets ')) lateWrite = body;
  const { headers = {}, method = '' } = init ?? {};
  const sent = { method, body, headers: headers as Record<string, string> };
  const answer = await workerd.dispatchFetch(String(address), sent);
  onAnswer(body);
  return answer as unknown as Response;
};
const d1 = { fetch: send, wait: async () => {} };
const moveThere = (from = file) =>
  transferDatabase({ from: { kind: 'sqlite', file: from }, to: place, d1 });
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

/** A killed process sends no request again. */
const killable = { fetch: send, wait: () => Promise.reject(new Killed('killed')) };

const killIf = (isMoment: (body: string) => boolean) => (body: string) => {
  if (isMoment(body)) throw new Killed('killed');
};

/** Lets a request end a transfer, as SIGKILL does. */
async function killAt(isMoment: (body: string) => boolean): Promise<void> {
  onRequest = killIf(isMoment);
  const moving = transferDatabase({ from: { kind: 'sqlite', file }, to: place, d1: killable });
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
  }, 120_000);

  it('refuses a database with rows', async () => {
    await expect(moveThere()).rejects.toThrow(/the target has 1 rows in settings/);
    expect(await countIn('accounts')).toBe(ACCOUNTS);
  });

  it('closes the source, and ends it with the copy: the Worker changes and then serves nothing', async () => {
    const worker = await openOnWorker();
    const image = { project: 'my-app', key: 'k-2' };
    const origin = { actor: { kind: 'system', name: 'test' }, address: '' } as const;
    const flip = () => worker.images.setVisibility(image, 'public', origin);
    const visibility = async () => (await worker.images.find(image))?.image.visibility;
    const to = { kind: 'sqlite', file: join(folder, 'back.db') } as const;
    const steps: string[] = [];
    const moveAway = (fetch: typeof send = send) =>
      transferDatabase({
        from: place,
        to,
        d1: { ...killable, fetch },
        onClosing: () => void steps.push('closing'),
        onEnding: () => void steps.push('ending'),
      });
    onRequest = killIf((body) => body.includes('CREATE TRIGGER'));
    await expect(moveAway()).rejects.toThrow(Killed);
    expect(steps).toEqual(['closing']); // it may be closed
    onRequest = killIf((body) => body.includes('FROM images'));
    await expect(moveAway()).rejects.toThrow(Killed);
    onRequest = () => {};
    expect(await visibility()).toBe('private');
    await expect(flip()).rejects.toThrow(/closed for changes/);
    expect(await worker.cliTokens.find(CLI_TOKEN)).toMatchObject({ name: 'laptop' });
    expect(await visibility()).toBe('private');
    const keys = { masterKey, newMasterKey: new Uint8Array(32).fill(2) };
    const onRekey = vi.fn();
    await expect(rekeyD1Records(place, keys, { ...d1, onClosing: onRekey })).rejects.toThrow(
      /a move from it, or a rekey of an earlier version, has begun: aura-server reopen/,
    );
    expect(onRekey).not.toHaveBeenCalled();
    const binding = database as unknown as D1Binding;
    await expect(requireOpen(binding)).rejects.toThrow(/closed for changes/);
    const later = { name: '9999-later.sql', sql: 'CREATE TABLE later (id TEXT);', checksum: '' };
    const migrations = [...readMigrations('sqlite'), later];
    await expect(openD1Records({ binding, masterKey, migrations })).rejects.toThrow(/closed for/);

    // Of a broken answer, nothing is the end of a table.
    const broken = (change: (rows: Record<string, unknown>[]) => unknown): typeof send => {
      return async (address, init) => {
        const answer = await send(address, init);
        if (!/FROM accounts\s+ORDER/.test(String(init?.body))) return answer;
        const content = (await answer.json()) as { result: [{ results: never[] }] };
        change(content.result[0].results);
        return Response.json(content);
      };
    };
    await expect(moveAway(broken((rows) => rows.splice(10)))).rejects.toThrow(
      /^accounts: 10 rows were read, but the source has 1300/,
    );
    await expect(moveAway(broken((rows) => delete rows[5]?.['created_at']))).rejects.toThrow(
      /unexpected value of accounts\.created_at/,
    );
    let reopened: boolean | undefined;
    onRequest = async (body) => {
      if (reopened !== undefined || !body.includes('FROM audit_log')) return;
      reopened = false; // once
      reopened = await reopenD1(place, d1);
    };
    await expect(moveAway()).rejects.toThrow(/was reopened meanwhile/);
    expect(reopened).toBe(true);
    expect(steps).not.toContain('ending');
    await requireOpen(binding);

    onRequest = () => {};
    let losses = 1;
    onAnswer = (body) => {
      if (body.includes('ALTER TABLE') && losses-- > 0) throw new TypeError('fetch failed');
    };
    await transferDatabase({ from: place, to, d1 });
    onAnswer = () => {};
    expect(losses).toBeLessThan(1);
    expect(rowsOf(to.file)).toEqual(rowsOf(file));
    await expect(visibility()).rejects.toThrow(StorageUnavailableError);
    await expect(flip()).rejects.toThrow(StorageUnavailableError);
    await expect(openOnWorker()).rejects.toThrow(/was moved to another one/);
    await expect(checkD1Key(place, masterKey, d1)).rejects.toThrow(/was moved to another database/);
    expect(await reopenD1(place, d1)).toBe(true);
    expect(await reopenD1(place, d1)).toBe(false);
    await flip();
    expect(await visibility()).toBe('public');
    await openOnWorker();

    // A request of the copy that arrives late.
    await database.exec('DELETE FROM presets');
    await send(`${place.api}/accounts/${D1_ACCOUNT}/d1/database/${D1_DATABASE}/query`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${place.token}` },
      body: lateWrite,
    });
    expect(lateWrite).toContain('INTO presets ');
    expect(await countIn('presets')).toBe(0);
  });

  it('changes nothing in the database of another program', async () => {
    const asked: string[] = [];
    const guests: typeof fetch = async (_, init) => {
      asked.push(String(init?.body));
      const results = asked.at(-1)?.includes('sqlite_master') ? [{ name: 'guests' }] : [];
      return Response.json({ success: true, result: [{ success: true, results }] });
    };
    const from = { kind: 'sqlite', file } as const;
    const moving = transferDatabase({ from, to: place, d1: { ...d1, fetch: guests } });
    await expect(moving).rejects.toThrow(/has the tables guests/);
    expect(asked.filter((body) => /CREATE|INSERT/.test(body))).toEqual([]);
  });

  it('changes the master key: of a run that was killed, one of the two keys applies', async () => {
    const newMasterKey = new Uint8Array(32).fill(2);
    const isBatch = (body: string) => body.includes('UPDATE webhooks');
    onRequest = killIf(isBatch);
    const keys = { masterKey, newMasterKey };
    const onClosing = vi.fn();
    await expect(rekeyD1Records(place, keys, { ...killable, onClosing })).rejects.toThrow(Killed);
    expect(onClosing).toHaveBeenCalledOnce();
    onRequest = () => {};
    await checkD1Key(place, masterKey, d1);

    // A move that begins meanwhile: the key stays, and the database is closed.
    const to = { kind: 'sqlite', file: join(folder, 'meanwhile.db') } as const;
    onRequest = async (body) => {
      if (!isBatch(body)) return;
      onRequest = killIf((later) => later.includes('FROM images'));
      await expect(transferDatabase({ from: place, to, d1: killable })).rejects.toThrow(Killed);
      onRequest = () => {};
    };
    await expect(rekeyD1Records(place, keys, d1)).rejects.toThrow(/^the database is closed/);
    await expect(requireOpen(database as unknown as D1Binding)).rejects.toThrow(/closed for/);
    expect(await reopenD1(place, d1)).toBe(true);
    await checkD1Key(place, masterKey, d1);

    onAnswer = killIf(isBatch);
    await expect(rekeyD1Records(place, keys, killable)).rejects.toThrow(Killed);
    onAnswer = () => {};
    await checkD1Key(place, newMasterKey, d1);
    await expect(rekeyD1Records(place, keys, { ...d1, onClosing })).rejects.toThrow(
      WrongMasterKeyError,
    );
    expect(onClosing).toHaveBeenCalledOnce(); // nothing is closed with a wrong key
    await expect(openOnWorker()).rejects.toThrow(WrongMasterKeyError);
    expect(await reopenD1(place, d1)).toBe(false); // it was opened with the change

    // A response that is lost: the batch runs twice.
    let losses = 1;
    onAnswer = (body) => {
      if (isBatch(body) && losses-- > 0) throw new TypeError('fetch failed');
    };
    const back = { masterKey: newMasterKey, newMasterKey: masterKey };
    expect(await rekeyD1Records(place, back, d1)).toBe(6);
    onAnswer = () => {};
    expect(losses).toBeLessThan(1);
    const found = await (await openOnWorker()).images.find({ project: 'my-app', key: 'k-2' });
    const secret = createHash('sha256').update('projects.serve_secret:p').digest('hex');
    expect(found?.serveSecrets(0)).toContain(secret);
  });

  it('gives up an interrupted copy whose source has changed', async () => {
    for (const { name } of [...TABLES].reverse()) await database.exec(`DELETE FROM ${name}`);
    await killAt((body) => body.includes('INTO images '));
    await database.exec("UPDATE accounts SET created_at = 5 WHERE id = 'account-7'");
    await expect(moveThere()).rejects.toThrow(/^accounts: 1300 rows with SHA-256/);
    await expect(openOnWorker()).rejects.toThrow(/has not copied all rows/);

    const other = join(folder, 'other.db');
    await (await openSqliteRecords({ file: other, masterKey })).close();
    await expect(moveThere(other)).rejects.toThrow(/the target has/);
  });
});
