import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditAction, NewAuditEntry } from '@auraimage/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeAdmin, makeUser } from '../../../../tests/postgres/support/users.js';
import { openSqliteRecords } from './open.js';

const masterKey = randomBytes(32);
const text = () => randomBytes(16).toString('hex');

/** Every kind of secret that the records take in. */
const SECRETS = {
  serveSecret: `psk_live_${text()}`,
  nextServeSecret: `psk_live_${text()}`,
  secretKey: `sk_live_${text()}`,
  revokedKey: `sk_live_${text()}`,
  cliToken: `aura_cli_${text()}`,
  setupToken: text(),
  invitationToken: text(),
  webhookSecret: `whsec_${text()}`,
  authenticatorSecret: text(),
  backupCode: text(),
};

const ORIGIN = { actor: { kind: 'session', name: 'ada@example.com' }, address: '' } as const;

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-secrecy-'));
  file = join(folder, 'aura.db');
});
afterEach(() => rm(folder, { recursive: true }));

/** Every file of the database, its log included, as a thief has them. */
async function copyOfFiles(): Promise<string> {
  const names = await readdir(folder);
  const bytes = await Promise.all(names.map((name) => readFile(join(folder, name), 'latin1')));
  return bytes.join('');
}

async function fill() {
  const records = await openSqliteRecords({ file, masterKey });
  const { registry, cliTokens, invitations } = records;
  const accountId = await makeAdmin(records);
  const by = (action: AuditAction): NewAuditEntry => ({
    accountId,
    actor: { kind: 'session', name: 'ada@example.com' },
    action,
    project: 'my-app',
    target: null,
    details: {},
    address: '192.0.2.7',
  });
  const { serveSecret, nextServeSecret, secretKey, revokedKey } = SECRETS;
  const project = await registry.createProject(
    { accountId, name: 'my-app', serveSecret, allowedOrigins: [], quotaBytes: null },
    100,
    by('project.created'),
  );
  if (typeof project === 'string') throw new Error(project);
  const { id: projectId } = project;
  for (const secret of [secretKey, revokedKey]) {
    const facts = { accountId, projectId, name: 'laptop', secret };
    const key = await registry.createSecretKey(facts, 10, by('secret_key.created'));
    if (key === 'limit_reached') throw new Error(key);
    if (secret === revokedKey) {
      await registry.revokeSecretKey(projectId, key.id, by('secret_key.revoked'));
    }
  }
  await registry.replaceServeSecret(
    projectId,
    nextServeSecret,
    2 ** 42,
    by('serve_secret.rotated'),
  );
  const internalKey = (await registry.internalSecretKey(projectId)) ?? '';
  const userId = await makeUser(records);
  const laptop = { userId, name: 'laptop', expiresAt: null, credentialResets: 0 };
  await cliTokens.create({ ...laptop, token: SECRETS.cliToken }, by('cli_token.created'));
  const facts = { accountId: null, invitedBy: accountId, email: null, project: null };
  const open = { ...facts, expiresAt: 2 ** 42 };
  await invitations.create({ ...open, kind: 'setup', token: SECRETS.setupToken }, null);
  await invitations.create(
    { ...open, kind: 'invitation', token: SECRETS.invitationToken },
    by('invitation.created'),
  );
  const webhook = { url: 'https://a.example/', types: [], secret: SECRETS.webhookSecret };
  await records.webhooks.create(projectId, webhook, 1, ORIGIN);
  const user = { id: 'user', account_id: accountId, email: 'ada@example.com', name: 'Ada' };
  const times = { created_at: '', updated_at: '' };
  await records.kysely
    .withTables<{ users: Record<string, string | number> }>()
    .insertInto('users')
    .values({ ...user, email_verified: 0, role: 'member', ...times })
    .execute();
  await records.secondFactors.prepare(user.id, SECRETS.authenticatorSecret);
  const factor = await records.secondFactors.find(user.id);
  await records.secondFactors.enable(factor?.id ?? '', 1, [SECRETS.backupCode]);
  const { privateKey: receiptKey } = await records.receiptKeys.signingKey();
  return { records, projectId, internalKey, receiptKey };
}

describe('a copy of the database', () => {
  it('contains no readable secret, in the file and its WAL', async () => {
    const { records, projectId, internalKey, receiptKey } = await fill();
    const found = [await copyOfFiles()];
    await records.close();
    found.push(await copyOfFiles());
    expect(internalKey).toMatch(/^sk_live_/);
    for (const files of found) {
      // What is no secret can be read: the look is at the right files.
      for (const shown of ['my-app', 'laptop', projectId]) expect(files).toContain(shown);
      for (const secret of [...Object.values(SECRETS), internalKey, receiptKey]) {
        const bare = secret.replace(/^(?:p?sk_live|aura_cli|whsec)_/, '');
        // Plain, without its prefix, and in other encodings.
        for (const form of [secret, bare, secret.slice(0, 16), ...codings(secret)]) {
          expect(files.toLowerCase().includes(form.toLowerCase()), form).toBe(false);
        }
      }
      expect(files).not.toContain('_live_');
      expect(files).not.toContain('aura_cli_');
      expect(files).not.toContain('whsec_');
      expect(files).not.toContain(masterKey.toString('latin1'));
      expect(files).not.toContain(masterKey.toString('hex'));
    }
  });

  it('contains every secret that must be decrypted', async () => {
    const { records, projectId, internalKey, receiptKey } = await fill();
    await records.close();
    const again = await openSqliteRecords({ file, masterKey });
    const secrets = await again.registry.serveSecrets(projectId);
    expect(secrets?.current).toBe(SECRETS.nextServeSecret);
    expect(secrets?.previous?.secret).toBe(SECRETS.serveSecret);
    const { secretKeys = [] } = (await again.projects.uploadPolicy('my-app')) ?? {};
    expect(secretKeys.map(({ secret }) => secret).sort()).toEqual(
      [SECRETS.secretKey, internalKey].sort(),
    );
    expect((await again.receiptKeys.signingKey()).privateKey).toBe(receiptKey);
    const [webhook] = await again.webhooks.list(projectId);
    const opened = await again.webhooks.secrets(projectId, webhook?.id ?? '', ORIGIN);
    expect(opened?.current).toBe(SECRETS.webhookSecret);
    expect((await again.secondFactors.find('user'))?.secret).toBe(SECRETS.authenticatorSecret);
    expect(await again.cliTokens.find(SECRETS.cliToken)).not.toBeNull();
    expect(await again.invitations.find(SECRETS.invitationToken)).not.toBeNull();
    await again.close();
  });
});

function codings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // All but the end, which depends on what would follow.
  return [bytes.toString('hex'), bytes.toString('base64').slice(0, -4)];
}
