import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { AuditAction, NewAuditEntry } from '@auraimage/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WrongMasterKeyError } from '../database/cipher.js';
import { openSqlite } from './connection.js';
import { openSqliteRecords } from './open.js';
import { rekeySqliteRecords } from './rekey.js';

const masterKey = new Uint8Array(32).fill(1);
const newMasterKey = new Uint8Array(32).fill(2);
const PROJECTS = 12;
/** That still sign. */
const RECEIPT_KEYS = 1;
const SECOND_FACTORS = 1;
/**
 * A serve secret, a key and the server's own key of each; every other has a previous serve secret, and a webhook with a
 * previous secret.
 */
const SECRETS = PROJECTS * 3 + PROJECTS / 2 + PROJECTS + RECEIPT_KEYS + SECOND_FACTORS;

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-rekey-'));
  file = join(folder, 'aura.db');
});
afterEach(() => rm(folder, { recursive: true }));

const open = (key: Uint8Array) => openSqliteRecords({ file, masterKey: key });
const rekey = () => rekeySqliteRecords({ file, masterKey, newMasterKey });
const newProject = (accountId: string, name: string) => ({
  accountId,
  name,
  serveSecret: `psk_live_${name}`,
  allowedOrigins: [],
  quotaBytes: null,
});
const by = (accountId: string, action: AuditAction): NewAuditEntry => ({
  accountId,
  actor: { kind: 'system', name: 'test' },
  action,
  project: null,
  target: null,
  details: {},
  address: '',
});

const ORIGIN = { actor: { kind: 'system', name: 'test' }, address: '' } as const;

/** Projects with secrets of every kind. */
async function fill() {
  const records = await open(masterKey);
  const { registry } = records;
  const accountId = await registry.createAccount();
  for (let n = 0; n < PROJECTS; n++) {
    const made = newProject(accountId, `app-${n}`);
    const project = await registry.createProject(made, 100, by(accountId, 'project.created'));
    if (typeof project === 'string') throw new Error(project);
    const { id } = project;
    const key = { accountId, projectId: id, name: 'laptop', secret: `sk_live_${n}` };
    await registry.createSecretKey(key, 10, by(accountId, 'secret_key.created'));
    await registry.internalSecretKey(id);
    if (n % 2 === 0) {
      const rotated = by(accountId, 'serve_secret.rotated');
      await registry.replaceServeSecret(id, `psk_live_next-${n}`, 2 ** 42, rotated);
      const webhook = { url: 'https://a.example/', types: [], secret: `whsec_${n}` };
      const made = await records.webhooks.create(id, webhook, 1, ORIGIN);
      if (typeof made === 'string') throw new Error(made);
      await records.webhooks.replaceSecret(id, made.id, `whsec_next-${n}`, 2 ** 40, ORIGIN);
    }
  }
  await records.receiptKeys.rotate(true);
  await records.receiptKeys.rotate(true);
  alter(`
    INSERT INTO users (id, account_id, email, email_verified, name, role, created_at, updated_at)
    VALUES ('user', '${accountId}', 'ada@example.com', 0, 'Ada', 'member', '', '')`);
  await records.secondFactors.prepare('user', 'AUTHENTICATOR');
  return records;
}

/** Every secret that can be read under a key. */
async function secretsUnder(key: Uint8Array) {
  const records = await open(key);
  const found: unknown[] = [
    await records.receiptKeys.signingKey(),
    await records.secondFactors.find('user'),
  ];
  for (const { id, name } of await records.registry.listProjects()) {
    found.push(
      await records.registry.serveSecrets(id),
      await records.projects.uploadPolicy(name),
      await records.registry.internalSecretKey(id),
    );
    for (const { id: webhook } of await records.webhooks.list(id)) {
      found.push(await records.webhooks.secrets(id, webhook, ORIGIN));
    }
  }
  await records.close();
  return found;
}

/** Runs SQL past the adapter. */
function alter(sql: string): void {
  const connection = openSqlite(file);
  connection.database.exec(sql);
  connection.close();
}

/** Every ciphertext of the database. */
function texts(): Buffer[] {
  const connection = openSqlite(file);
  const rows = connection.database
    .prepare(`
      SELECT serve_secret AS text FROM projects
      UNION ALL SELECT previous_serve_secret FROM projects WHERE previous_serve_secret IS NOT NULL
      UNION ALL SELECT secret FROM secret_keys
      UNION ALL SELECT secret FROM second_factors
      UNION ALL SELECT private_key FROM receipt_keys WHERE private_key IS NOT NULL
      UNION ALL SELECT secret FROM webhooks
      UNION ALL SELECT previous_secret FROM webhooks WHERE previous_secret IS NOT NULL
      UNION ALL SELECT value FROM settings`)
    .all() as { text: Uint8Array }[];
  connection.close();
  return rows.map(({ text }) => Buffer.from(text));
}

async function files(): Promise<Buffer> {
  const names = (await readdir(folder)).filter((name) => !name.endsWith('-reserve'));
  return Buffer.concat(await Promise.all(names.map((name) => readFile(join(folder, name)))));
}

describe('rekeySqliteRecords', () => {
  it('encrypts every secret with the new key, and none with the old one', async () => {
    await (await fill()).close();
    const before = await secretsUnder(masterKey);
    expect(await rekey()).toEqual({ secrets: SECRETS, erased: true });
    await expect(open(masterKey)).rejects.toThrow(WrongMasterKeyError);
    expect(await secretsUnder(newMasterKey)).toEqual(before);
  });

  it('leaves no ciphertext of the old key in the files', async () => {
    await (await fill()).close();
    // Rows that came, went and moved leave their texts in pages that are free.
    alter(`UPDATE projects SET allowed_origins = printf('%.*c', 9000, 'x')`);
    alter(`UPDATE projects SET allowed_origins = '[]'`);
    const old = texts();
    expect(old.length).toBe(SECRETS + 1);
    const before = await files();
    for (const text of old) expect(before.includes(text)).toBe(true);
    await rekey();
    const after = await files();
    for (const text of old) expect(after.includes(text)).toBe(false);
    for (const text of texts()) expect(after.includes(text)).toBe(true);
  });

  it('refuses a key that is not the current one, and changes nothing', async () => {
    await (await fill()).close();
    const before = texts();
    const wrong = { file, masterKey: new Uint8Array(32).fill(3), newMasterKey };
    await expect(rekeySqliteRecords(wrong)).rejects.toThrow(WrongMasterKeyError);
    expect(texts()).toEqual(before);
    await secretsUnder(masterKey);
  });

  it('refuses the same key, and an invalid key', async () => {
    await (await fill()).close();
    const same = { file, masterKey, newMasterKey: masterKey };
    await expect(rekeySqliteRecords(same)).rejects.toThrow(RangeError);
    const short = { file, masterKey, newMasterKey: new Uint8Array(31) };
    await expect(rekeySqliteRecords(short)).rejects.toThrow(RangeError);
    await secretsUnder(masterKey);
  });

  it('refuses a missing file, and creates none', async () => {
    await expect(rekey()).rejects.toThrow('ENOENT');
    expect(await readdir(folder)).toEqual([]);
  });

  it('changes nothing when one secret cannot be read', async () => {
    await (await fill()).close();
    alter(`UPDATE secret_keys SET secret = x'00' WHERE id = (SELECT max(id) FROM secret_keys)`);
    const before = texts();
    await expect(rekey()).rejects.toThrow(WrongMasterKeyError);
    expect(texts()).toEqual(before);
    await (await open(masterKey)).close();
    await expect(open(newMasterKey)).rejects.toThrow(WrongMasterKeyError);
  });

  it('keeps the old key after a crash', async () => {
    await (await fill()).close();
    const before = await secretsUnder(masterKey);
    // The last thing that is written in the transaction then takes for ever.
    alter(`CREATE TRIGGER stuck BEFORE UPDATE ON settings BEGIN
      SELECT (WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n);
    END`);
    const child = spawn(process.execPath, ['--input-type=module', '--eval', SCRIPT, file], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const exit = once(child, 'exit');
    // It writes for a while, so this cannot be the short write of its start.
    for (let seen = 0; seen < 20; seen = isWritten() ? seen + 1 : 0) await wait(25);
    child.kill('SIGKILL');
    expect(await exit).toEqual([null, 'SIGKILL']);
    alter('DROP TRIGGER stuck');
    await expect(open(newMasterKey)).rejects.toThrow(WrongMasterKeyError);
    expect(await secretsUnder(masterKey)).toEqual(before);
    expect((await rekey()).secrets).toBe(SECRETS);
    expect(await secretsUnder(newMasterKey)).toEqual(before);
  });
});

const SCRIPT = `
  import { rekeySqliteRecords } from '@auraimage/records-sql';
  const [masterKey, newMasterKey] = [1, 2].map((n) => new Uint8Array(32).fill(n));
  await rekeySqliteRecords({ file: process.argv[1], masterKey, newMasterKey });`;

/** Whether another process is in a transaction that writes. */
function isWritten(): boolean {
  const connection = openSqlite(file);
  try {
    connection.database.exec('PRAGMA busy_timeout = 0; BEGIN IMMEDIATE; ROLLBACK');
    return false;
  } catch {
    return true;
  } finally {
    connection.close();
  }
}

describe('a server that runs while the key is changed', () => {
  it('can neither read secrets nor write unreadable ones', async () => {
    const server = await fill();
    const { registry } = server;
    const [project] = await registry.listProjects();
    const { id, accountId } = project ?? { id: '', accountId: '' };
    await rekey();
    await expect(registry.serveSecrets(id)).rejects.toThrow(WrongMasterKeyError);
    await expect(server.receiptKeys.signingKey()).rejects.toThrow(WrongMasterKeyError);
    await expect(server.projects.uploadPolicy('app-0')).rejects.toThrow(WrongMasterKeyError);
    const writes = [
      () => server.receiptKeys.rotate(true),
      () =>
        registry.createProject(
          newProject(accountId, 'late'),
          100,
          by(accountId, 'project.created'),
        ),
      () => registry.replaceServeSecret(id, 'x', null, by(accountId, 'serve_secret.rotated')),
      () =>
        registry.createSecretKey(
          { accountId, projectId: id, name: 'late', secret: 'late' },
          100,
          by(accountId, 'secret_key.created'),
        ),
    ];
    for (const write of writes) await expect(write()).rejects.toThrow(WrongMasterKeyError);
    await server.close();
    expect(await secretsUnder(newMasterKey)).toHaveLength(
      PROJECTS * 3 + PROJECTS / 2 + RECEIPT_KEYS + SECOND_FACTORS,
    );
  });
});
