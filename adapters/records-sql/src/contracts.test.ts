import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProjectRegistry } from '@auraimage/control';
import { describeProjectRegistry } from '@auraimage/control/contracts';
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

describeProjectRegistry('SQLite', async () => {
  const { records, other, close } = await openTwice();
  return { registry: records.registry, other: other.registry, close };
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
      await registry.createProject(facts);
    },
    async replaceServeSecret(project, secret, previousUntil) {
      await registry.replaceServeSecret(await idOf(registry, project), secret, previousUntil);
    },
    usedBytes: async (project) => (await registry.findProject(project))?.usedBytes ?? -1,
    close,
  };
});

describeProjectSecrets('SQLite', async () => {
  const { records, other, close } = await openTwice();
  const { registry } = records;
  let images = 0;
  return {
    projects: records.projects,
    other: other.projects,
    makeAccount: () => registry.createAccount(),
    async makeProject(accountId, name, { allowedOrigins = [], quotaBytes = null } = {}) {
      const serveSecret = 'psk_live_first';
      await registry.createProject({ accountId, name, serveSecret, allowedOrigins, quotaBytes });
    },
    async makeKey(accountId, project, secret) {
      await nextMillisecond();
      const projectId = project === null ? null : await idOf(registry, project);
      const key = await registry.createSecretKey({ accountId, projectId, name: 'k', secret }, 100);
      if (key === 'limit_reached') throw new Error(key);
      return key.id;
    },
    async revokeKey(id) {
      await registry.revokeSecretKey(id);
    },
    async addImage(project, size) {
      images++;
      await records.images.insert({
        project,
        key: `abc123xyz0-${images}.jpg`,
        visibility: 'public',
        type: 'image/jpeg',
        size,
        width: 1,
        height: 1,
        frames: 1,
        hasAlpha: false,
        blurhash: '',
        sha256: '',
        objectId: `object ${images}`,
        createdAt: 0,
      });
    },
    close,
  };
});

async function nextMillisecond(): Promise<void> {
  const start = Date.now();
  while (Date.now() <= start) await new Promise((resolve) => setTimeout(resolve));
}
