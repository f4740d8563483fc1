import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newAuditEntry, newImage, ORIGIN } from '@auraimage/ports/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Database } from '../database/schema.js';
import type { SqlRecords } from '../records/records.js';
import { openSqliteRecords } from './open.js';

/** More than a claim is about. */
const DEAD = 1001;
/** Rows of an insertion. */
const BATCH = 500;
const LATER = Date.now() + 3_600_000;

let folder: string;
let records: SqlRecords;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-deliveries-'));
  const masterKey = new Uint8Array(32).fill(1);
  records = await openSqliteRecords({ file: join(folder, 'aura.db'), masterKey });
});
afterEach(async () => {
  await records.close();
  await rm(folder, { recursive: true });
});

it('a webhook gets its events however many others wait for their next attempt', async () => {
  const accountId = await records.registry.createAccount();
  const project = await records.registry.createProject(
    { accountId, name: 'my-app', serveSecret: 'psk_live_1', allowedOrigins: [], quotaBytes: null },
    10,
    newAuditEntry(accountId, 'project.created'),
  );
  if (typeof project === 'string') throw new Error(project);
  const facts = { url: 'https://consumer.example/', types: [], secret: 'whsec_1' };
  await records.webhooks.create(project.id, facts, 10, ORIGIN);
  await records.images.insert(newImage('my-app', 1, { uploadedBy: ORIGIN }), ORIGIN);

  const db = records.kysely.withTables<Database>();
  const webhook = await db.selectFrom('webhooks').selectAll().executeTakeFirstOrThrow();
  const { seq, ...delivery } = await db
    .selectFrom('webhook_deliveries')
    .selectAll()
    .executeTakeFirstOrThrow();
  for (let start = 0; start < DEAD; start += BATCH) {
    const length = Math.min(BATCH, DEAD - start);
    // Before every id that the records make.
    const ids = Array.from({ length }, (_, n) => `a${start + n}`);
    await db
      .insertInto('webhooks')
      .values(ids.map((id) => ({ ...webhook, id })))
      .execute();
    await db
      .insertInto('webhook_deliveries')
      .values(ids.map((id) => ({ ...delivery, id, webhook_id: id, next_at: LATER })))
      .execute();
  }

  const { deliveries } = await records.deliveries.claim(32, 8, 60_000);
  expect(deliveries.map(({ id }) => id)).toEqual([delivery.id]);
});
