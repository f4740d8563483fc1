import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CompiledQuery, Kysely } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSecretCipher } from '../database/cipher.js';
import { verifyMasterKey } from '../database/master-key.js';
import type { Database } from '../database/schema.js';
import { createRecords, type SqlRecords } from '../records/records.js';
import { type FilledProject, fillRecords, OPERATIONS } from '../testing/operations.js';
import { migrate, openSqlite, type SqliteConnection } from './connection.js';

/** SQLite plans without statistics, so a few rows have the plans of millions. */
const IMAGES = 100;

let folder: string;
let connection: SqliteConnection;
let records: SqlRecords;
let project: FilledProject;
let queries: Pick<CompiledQuery, 'sql'>[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-plans-'));
  connection = openSqlite(join(folder, 'aura.db'));
  migrate(connection);
  queries = [];
  const kysely = new Kysely<unknown>({
    dialect: connection.dialect,
    log: ({ query }) => void queries.push(query),
  });
  const cipher = createSecretCipher(new Uint8Array(32));
  await verifyMasterKey(kysely.withTables<Database>(), cipher);
  const made = createRecords(kysely, cipher, {
    ...connection,
    prepareRead: (query, make) => {
      const read = connection.prepareRead(query, make);
      return (...parameters) => {
        queries.push(query);
        return read(...parameters);
      };
    },
  });
  records = { ...made, close: async () => connection.close() };
  project = await fillRecords(records, async (sql) => connection.database.exec(sql), IMAGES);
});
afterAll(async () => {
  await records.close();
  await rm(folder, { recursive: true });
});

it.each(Object.entries(OPERATIONS))('%s scans and sorts no table', async (_, operation) => {
  queries = [];
  await operation(records, project);
  const statements = new Set(
    queries.map(({ sql }) => sql).filter((sql) => !/^(begin|commit|rollback)/.test(sql)),
  );
  expect(statements.size).toBeGreaterThan(0);
  for (const sql of statements) {
    const plan = connection.database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
    const steps = (plan as { detail: string }[]).map(({ detail }) => detail);
    const found = steps.filter((step) =>
      / (images|audit_log|webhook_deliveries) /.test(`${step} `),
    );
    expect(
      found.filter((step) => step.startsWith('SCAN')),
      sql,
    ).toEqual([]);
    // What a claim sorts are webhooks.
    if (/ (images|audit_log) /.test(`${found.join(' ')} `)) {
      expect(steps.join(), sql).not.toContain('TEMP B-TREE');
    }
  }
});
