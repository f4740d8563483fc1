import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewAuditEntry } from '@auraimage/control';
import { describeObjectRows } from '@auraimage/edge/contracts';
import { createObjectRows } from './object-rows.js';
import { openSqliteRecords } from './open.js';

describeObjectRows('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'aura-records-'));
  const records = await openSqliteRecords({
    file: join(folder, 'aura.db'),
    masterKey: new Uint8Array(32),
  });
  const { registry, images } = records;
  const accountId = await registry.createAccount();
  const by = (action: NewAuditEntry['action'], project: string): NewAuditEntry => ({
    accountId,
    actor: { kind: 'system', name: 'test' },
    action,
    project,
    target: null,
    details: {},
    address: '',
  });
  return {
    rows: createObjectRows(records.kysely),
    images,
    async makeProject(name) {
      const facts = { accountId, name, serveSecret: name, allowedOrigins: [], quotaBytes: null };
      await registry.createProject(facts, 100, by('project.created', name));
    },
    async beginDeletion(name) {
      const project = await registry.findProject(name);
      await registry.beginDeletion(project?.id ?? '', by('project.deleted', name));
    },
    async close() {
      await records.close();
      await rm(folder, { recursive: true });
    },
  };
});
