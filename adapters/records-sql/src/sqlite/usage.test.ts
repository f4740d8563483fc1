import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../database/schema.js';
import type { SqlRecords } from '../records/records.js';
import { openSqliteRecords } from './open.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 25, 12);

let folder: string;
let records: SqlRecords;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-usage-'));
  const masterKey = new Uint8Array(32).fill(1);
  records = await openSqliteRecords({ file: join(folder, 'aura.db'), masterKey });
  const accountId = await records.registry.createAccount();
  for (const name of ['my-app', 'other-app']) {
    await records.registry.createProject(
      { accountId, name, serveSecret: 'psk_live_one', allowedOrigins: [], quotaBytes: null },
      10,
      {
        accountId,
        actor: { kind: 'system', name: 'test' },
        action: 'project.created',
        project: name,
        target: null,
        details: {},
        address: '',
      },
    );
  }
});
afterEach(async () => {
  await records.close();
  await rm(folder, { recursive: true });
});

const add = (at: number, project = 'my-app') =>
  records.usage.add([{ project, hour: at, counts: { readsOk: 1 } }]);
const hours = async () => {
  const db = records.kysely.withTables<Database>();
  const rows = await db.selectFrom('usage_hours').select('hour').orderBy('hour').execute();
  return rows.map(({ hour }) => hour);
};

describe('usage rows', () => {
  it('are one per hour with usage', async () => {
    for (let n = 0; n < 50; n++) await add(NOW + (n % 2) * HOUR + n);
    expect(await hours()).toEqual([NOW, NOW + HOUR]);
  });

  it('are deleted after the longest span, except for the last one before it', async () => {
    const old = [200, 150, 120, 92].map((days) => NOW - days * DAY);
    for (const hour of [...old, NOW - 91 * DAY]) await add(hour);
    await add(NOW - 200 * DAY, 'other-app');
    await add(NOW);
    await records.usage.removeOld(NOW);
    expect(await hours()).toEqual([
      NOW - 200 * DAY, // of the other project
      NOW - 92 * DAY,
      NOW - 91 * DAY,
      NOW,
    ]);
  });
});
