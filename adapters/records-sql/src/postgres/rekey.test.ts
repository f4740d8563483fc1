import type { AuditAction, NewAuditEntry } from '@auraimage/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, runSql } from '../../../../tests/postgres/support/database.js';
import { WrongMasterKeyError } from '../database/cipher.js';
import { openPostgresRecords } from './open.js';
import { isPostgresInUse, rekeyPostgresRecords } from './rekey.js';

const masterKey = new Uint8Array(32).fill(1);
const newMasterKey = new Uint8Array(32).fill(2);

let url: string;
beforeEach(async () => {
  url = await createDatabase();
});

const open = (key: Uint8Array) => openPostgresRecords({ url, masterKey: key });
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
const newProject = (accountId: string, name: string) => ({
  accountId,
  name,
  serveSecret: `psk_live_${name}`,
  allowedOrigins: [],
  quotaBytes: null,
});

/** A project and a user with secrets of every kind: seven of them. */
async function fill() {
  const records = await open(masterKey);
  const { registry } = records;
  const accountId = await registry.createAccount();
  const made = newProject(accountId, 'my-app');
  const project = await registry.createProject(made, 100, by(accountId, 'project.created'));
  if (typeof project === 'string') throw new Error(project);
  const { id } = project;
  const key = { accountId, projectId: id, name: 'laptop', secret: 'sk_live_key' };
  await registry.createSecretKey(key, 10, by(accountId, 'secret_key.created'));
  await registry.internalSecretKey(id);
  await records.receiptKeys.signingKey();
  const webhook = { url: 'https://a.example/', types: [], secret: 'whsec_first' };
  await records.webhooks.create(id, webhook, 1, ORIGIN);
  await runSql(
    url,
    `INSERT INTO users (id, account_id, email, email_verified, name, role, created_at, updated_at)
     VALUES ('user', '${accountId}', 'ada@example.com', false, 'Ada', 'member', now(), now())`,
  );
  await records.secondFactors.prepare('user', 'AUTHENTICATOR');
  const rotated = by(accountId, 'serve_secret.rotated');
  await registry.replaceServeSecret(id, 'psk_live_next', 2 ** 42, rotated);
  return { records, accountId, id };
}

describe('rekeyPostgresRecords', () => {
  it('encrypts every secret with the new key, and none with the old one', async () => {
    const { records, id } = await fill();
    const internal = await records.registry.internalSecretKey(id);
    const receiptKey = await records.receiptKeys.signingKey();
    await records.close();
    const done = await rekeyPostgresRecords({ url, masterKey, newMasterKey });
    expect(done).toEqual({ secrets: 7, erased: true });
    await expect(open(masterKey)).rejects.toThrow(WrongMasterKeyError);
    const again = await open(newMasterKey);
    expect(await again.registry.serveSecrets(id)).toEqual({
      current: 'psk_live_next',
      previous: { secret: 'psk_live_my-app', until: 2 ** 42 },
    });
    expect(await again.registry.internalSecretKey(id)).toBe(internal);
    expect(await again.receiptKeys.signingKey()).toEqual(receiptKey);
    const [webhook] = await again.webhooks.list(id);
    expect(await again.webhooks.secrets(id, webhook?.id ?? '', ORIGIN)).toMatchObject({
      current: 'whsec_first',
    });
    expect((await again.secondFactors.find('user'))?.secret).toBe('AUTHENTICATOR');
    const policy = await again.projects.uploadPolicy('my-app');
    expect(policy?.secretKeys.map(({ secret }) => secret)).toContain('sk_live_key');
    await again.close();
  });

  it('refuses a wrong key and changes nothing', async () => {
    const { records } = await fill();
    await records.close();
    const texts = 'SELECT serve_secret, previous_serve_secret FROM projects';
    const before = await runSql(url, texts);
    const wrong = { url, masterKey: newMasterKey, newMasterKey: masterKey };
    await expect(rekeyPostgresRecords(wrong)).rejects.toThrow(WrongMasterKeyError);
    await expect(rekeyPostgresRecords({ url, masterKey, newMasterKey: masterKey })).rejects.toThrow(
      RangeError,
    );
    expect(await runSql(url, texts)).toEqual(before);
  });

  it('prevents a running server from writing with the old key', async () => {
    const { records, accountId } = await fill();
    expect(await isPostgresInUse(url)).toBe(true);
    const making = Array.from({ length: 20 }, (_, n) =>
      records.registry.createProject(
        newProject(accountId, `app-${n}`),
        100,
        by(accountId, 'project.created'),
      ),
    );
    const [, ...outcomes] = await Promise.all([
      rekeyPostgresRecords({ url, masterKey, newMasterKey }),
      ...making.map((made) => made.catch((error: unknown) => error)),
    ]);
    for (const outcome of outcomes) {
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(WrongMasterKeyError);
    }
    await records.close();
    const again = await open(newMasterKey);
    for (const { id } of await again.registry.listProjects()) {
      expect(await again.registry.serveSecrets(id)).not.toBeNull();
    }
    await again.close();
    expect(await isPostgresInUse(url)).toBe(false);
  });
});
