import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditAction, NewAuditEntry, ProjectRegistry } from '@auraimage/control';
import { describeProjectRegistry } from '@auraimage/control/contracts';
import type { NewImage } from '@auraimage/edge';
import { describeImageRecords, describeProjectSecrets } from '@auraimage/edge/contracts';
import { openSqliteRecords } from './open.js';

/** One file, open twice: the second connection stands for another process. */
async function openTwice() {
  const folder = await mkdtemp(join(tmpdir(), 'aura-records-'));
  const options = { file: join(folder, 'aura.db'), masterKey: new Uint8Array(32).fill(1) };
  const records = await openSqliteRecords(options);
  const other = await openSqliteRecords(options);
  return {
    records,
    other,
    async close() {
      await records.close();
      await other.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function idOf(registry: ProjectRegistry, name: string): Promise<string> {
  const project = await registry.findProject(name);
  if (project === null) throw new Error(`no project ${name}`);
  return project.id;
}

const by = (accountId: string, action: AuditAction): NewAuditEntry => ({
  accountId,
  actor: { kind: 'system', name: '' },
  action,
  project: null,
  target: null,
  details: {},
  address: '',
});

let images = 0;
const newImage = (project: string, size: number, key = `abc123xyz0-${++images}.jpg`): NewImage => ({
  project,
  key,
  visibility: 'public',
  type: 'image/jpeg',
  size,
  width: 1,
  height: 1,
  frames: 1,
  hasAlpha: false,
  blurhash: '',
  sha256: '',
  objectId: `object ${project}/${key}`,
  createdAt: 0,
});

describeProjectRegistry('SQLite', async () => {
  const { records, other, close } = await openTwice();
  return {
    registry: records.registry,
    other: other.registry,
    audit: records.audit,
    addImage: async (project, key, bytes) =>
      (await records.images.insert(newImage(project, bytes, key))) === 'inserted',
    close,
  };
});

describeImageRecords('SQLite', async () => {
  const { records, other, close } = await openTwice();
  const { registry } = records;
  const accountId = await registry.createAccount();
  return {
    images: records.images,
    other: other.images,
    async makeProject(name, { quotaBytes = null, serveSecret = 'psk_live_first' } = {}) {
      const facts = { accountId, name, serveSecret, quotaBytes, allowedOrigins: [] };
      await registry.createProject(facts, 100, by(accountId, 'project.created'));
    },
    async replaceServeSecret(project, secret, previousUntil) {
      const id = await idOf(registry, project);
      const rotated = by(accountId, 'serve_secret.rotated');
      await registry.replaceServeSecret(id, secret, previousUntil, rotated);
    },
    async beginDeletion(project) {
      await registry.beginDeletion(await idOf(registry, project), by(accountId, 'project.deleted'));
    },
    usedBytes: async (project) => (await registry.findProject(project))?.usedBytes ?? -1,
    imageCount: async (project) => (await registry.findProject(project))?.images ?? -1,
    close,
  };
});

describeProjectSecrets('SQLite', async () => {
  const { records, other, close } = await openTwice();
  const { registry } = records;
  const accountId = await registry.createAccount();
  return {
    projects: records.projects,
    other: other.projects,
    makeAccount: () => registry.createAccount(),
    async makeProject(accountId, name, { allowedOrigins = [], quotaBytes = null } = {}) {
      const serveSecret = 'psk_live_first';
      const facts = { accountId, name, serveSecret, allowedOrigins, quotaBytes };
      await registry.createProject(facts, 100, by(accountId, 'project.created'));
    },
    async makeKey(accountId, project, secret) {
      await nextMillisecond();
      const projectId = project === null ? null : await idOf(registry, project);
      const facts = { accountId, projectId, name: `name of ${secret}`, secret };
      const key = await registry.createSecretKey(facts, 100, by(accountId, 'secret_key.created'));
      if (key === 'limit_reached') throw new Error(key);
      return key.id;
    },
    async revokeKey(project, id) {
      const projectId = await idOf(registry, project);
      await registry.revokeSecretKey(projectId, id, by(accountId, 'secret_key.revoked'));
    },
    async internalKey(project) {
      const secret = await registry.internalSecretKey(await idOf(registry, project));
      if (secret === null) throw new Error(`no project ${project}`);
      return secret;
    },
    async beginDeletion(project) {
      await registry.beginDeletion(await idOf(registry, project), by(accountId, 'project.deleted'));
    },
    async addImage(project, size) {
      await records.images.insert(newImage(project, size));
    },
    close,
  };
});

async function nextMillisecond(): Promise<void> {
  const start = Date.now();
  while (Date.now() <= start) await new Promise((resolve) => setTimeout(resolve));
}
