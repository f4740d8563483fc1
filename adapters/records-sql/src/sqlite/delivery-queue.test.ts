import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_DELIVERIES } from '@auraimage/ports';
import { newAuditEntry, newImage, ORIGIN } from '@auraimage/ports/contracts';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import type { Database } from '../database/schema.js';
import type { SqlRecords } from '../records/records.js';
import { openSqliteRecords } from './open.js';

/** More than a claim is about. */
const DEAD = 1001;
const LIMITS = { perWebhook: 4, perProject: 8 };
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

/** Creates a project with a webhook, and uploads an image. */
async function makeProject(name: string, account?: string) {
  const accountId = account ?? (await records.registry.createAccount());
  const project = await records.registry.createProject(
    { accountId, name, serveSecret: `psk_live_${name}`, allowedOrigins: [], quotaBytes: null },
    50,
    newAuditEntry(accountId, 'project.created'),
  );
  if (typeof project === 'string') throw new Error(project);
  const facts = { url: `https://${name}.example/`, types: [], secret: 'whsec_1' };
  const webhook = await records.webhooks.create(project.id, facts, 10, ORIGIN);
  if (typeof webhook === 'string') throw new Error(webhook);
  const image = newImage(name, 1, { uploadedBy: ORIGIN });
  await records.images.insert({ ...image, projectId: project.id }, ORIGIN);
  return { project, webhook };
}

const claim = () => records.deliveries.claim(32, LIMITS, 60_000);

/** Copies a row with other columns, many times. */
async function copy(
  table: 'projects' | 'webhooks' | 'webhook_deliveries',
  count: number,
  changes: (n: number) => Record<string, unknown>,
): Promise<void> {
  const db = records.kysely.withTables<Record<string, Record<string, unknown>>>();
  const { seq: _, ...row } = await db.selectFrom(table).selectAll().executeTakeFirstOrThrow();
  for (let start = 0; start < count; start += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, count - start) }, (_, n) => ({
      ...row,
      ...changes(start + n),
    }));
    await db.insertInto(table).values(rows).execute();
  }
}

it('a webhook gets its events however many others wait for their next attempt', async () => {
  await makeProject('my-app');
  const [delivery] = (await claim()).deliveries;
  await records.deliveries.release(delivery === undefined ? [] : [delivery]);
  // Each in a project of its own, with an id before every one that the records make.
  const ids = (n: number) => ({ id: `a${n}` });
  await copy('projects', DEAD, (n) => ({ ...ids(n), name: `a${n}` }));
  await copy('webhooks', DEAD, (n) => ({ ...ids(n), project_id: `a${n}` }));
  await copy('webhook_deliveries', DEAD, (n) => ({
    ...ids(n),
    webhook_id: `a${n}`,
    next_at: LATER,
  }));
  const { deliveries } = await claim();
  expect(deliveries.map(({ id }) => id)).toEqual([delivery?.id]);
});

it('a project gets its events however many webhooks another one has', async () => {
  const { project } = await makeProject('crowded');
  const ids = (n: number) => ({ id: `a${n}` });
  await copy('webhooks', DEAD, (n) => ({ ...ids(n), project_id: project.id }));
  await copy('webhook_deliveries', DEAD, (n) => ({ ...ids(n), webhook_id: `a${n}`, next_at: 1 }));
  const { webhook } = await makeProject('my-app');
  const { deliveries } = await claim();
  expect(deliveries.map(({ webhookId }) => webhookId)).toContain(webhook.id);
});

it('an account gets its events however many projects another one has', async () => {
  const crowded = await records.registry.createAccount();
  for (let n = 0; n < 50; n++) await makeProject(`crowded-${n}`, crowded);
  const { webhook } = await makeProject('my-app');
  const { deliveries } = await records.deliveries.claim(2, LIMITS, 60_000);
  expect(deliveries).toHaveLength(2);
  expect(deliveries.map(({ webhookId }) => webhookId)).toContain(webhook.id);
});

it('a secret that cannot be decrypted stops no other webhook, and is reported once a minute', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const { project, webhook: broken } = await makeProject('broken');
  const { webhook } = await makeProject('my-app');
  const db = records.kysely.withTables<Database>();
  await db
    .updateTable('webhooks')
    .set({ secret: new Uint8Array(60) })
    .where('id', '=', broken.id)
    .execute();
  const first = await claim();
  expect(first.deliveries.map(({ webhookId }) => webhookId)).toEqual([webhook.id]);
  expect(first.failures).toEqual([
    expect.objectContaining({ message: expect.stringContaining(broken.id) }),
  ]);
  expect(await claim()).toMatchObject({ deliveries: [], failures: [] });
  vi.setSystemTime(Date.now() + 60_000);
  expect((await claim()).failures).toHaveLength(1);
  await records.webhooks.replaceSecret(project.id, broken.id, 'whsec_2', 0, ORIGIN);
  vi.setSystemTime(Date.now() + 60_000);
  const { deliveries, failures } = await claim();
  const own = deliveries.filter(({ webhookId }) => webhookId === broken.id);
  expect(own).toMatchObject([{ secrets: ['whsec_2'] }]);
  expect(failures).toEqual([]);
});

it('the oldest deliveries fail of a webhook that has too many pending ones', async () => {
  const { project, webhook } = await makeProject('my-app');
  await sql`
    WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${MAX_DELIVERIES + 300})
    INSERT INTO webhook_deliveries
      (id, webhook_id, event_seq, state, blocked, attempts, next_at, created_at)
    SELECT 'dlv_' || n, webhook_id, event_seq, state, blocked, attempts, next_at, created_at
    FROM webhook_deliveries, n
  `.execute(records.kysely);
  expect(await records.deliveries.maintain()).toBe(true);
  expect(await records.deliveries.maintain()).toBe(false);
  expect(await records.deliveries.backlog()).toMatchObject({ pending: MAX_DELIVERIES });
  const failed = await records.webhooks.listDeliveries(project.id, webhook.id, {
    state: 'failed',
    limit: 1,
  });
  expect(failed?.deliveries.map(({ id }) => id)).toEqual(['dlv_300']);
});
