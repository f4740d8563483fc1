import {
  describeAttemptLimiter,
  describeEncodeBudget,
  describeRateLimiter,
} from '@auraimage/ports/contracts';
import { openPostgresRecords, type SqlRecords } from '@auraimage/records-sql';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runSql } from '../../../../tests/postgres/support/database.js';
import {
  type EmptyDatabase,
  openEmptyDatabase,
} from '../../../../tests/postgres/support/empty-database.js';
import {
  ATTEMPT_LIMITS,
  createAttemptLimiter,
  createEncodeBudget,
  createRateLimiter,
} from '../limiters.js';
import { openPostgresWindows } from '../postgres-windows.js';
import type { CreateWindows } from '../windows.js';

const KEY = new Uint8Array(32).fill(2);
let database: EmptyDatabase;
let servers: readonly SqlRecords[];
beforeAll(async () => {
  database = await openEmptyDatabase();
  const options = { url: database.url, masterKey: new Uint8Array(32).fill(1) };
  servers = await Promise.all([openPostgresRecords(options), openPostgresRecords(options)]);
});
afterEach(() => void vi.useRealTimers()); // even when a test failed in its setup
afterAll(async () => {
  await Promise.all((servers ?? []).map((server) => server.close()));
  await database?.close();
});

/** Two servers with a fake clock and no counts. */
async function open() {
  await database.empty();
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
  const onFailure = (failure: unknown) => {
    throw failure;
  };
  const opened = servers.map(({ kysely }) => openPostgresWindows({ kysely, key: KEY, onFailure }));
  return {
    createWindows: opened.map(({ createWindows }) => createWindows),
    advance: async (seconds: number) => void vi.setSystemTime(Date.now() + seconds * 1000),
    close: async () => {
      for (const { close } of opened) close();
      vi.useRealTimers();
    },
  };
}

/** Calls the servers in turn, as a load balancer does. */
function inTurn<T extends object>(make: (createWindows: CreateWindows) => T, of: CreateWindows[]) {
  const each = of.map(make);
  let turn = 0;
  return new Proxy({} as T, {
    get: (_, member) => Reflect.get(each[turn++ % each.length] ?? {}, member),
  });
}

describeRateLimiter('PostgreSQL', async ({ perClient, perProject, seconds }) => {
  const rates = {
    perClient: { points: perClient, seconds },
    perProject: { points: perProject, seconds },
  };
  const { createWindows, ...setup } = await open();
  return { ...setup, limiter: inTurn((make) => createRateLimiter(make, rates), createWindows) };
});

describeEncodeBudget('PostgreSQL', async (secondsPerMinute) => {
  const { createWindows, ...setup } = await open();
  const make = (windows: CreateWindows) =>
    createEncodeBudget(windows, { secondsPerMinute, key: KEY });
  return { ...setup, budget: inTurn(make, createWindows) };
});

describeAttemptLimiter('PostgreSQL', async (limit) => {
  const kinds = Object.keys(ATTEMPT_LIMITS).map((kind) => [kind, limit] as const);
  const limits = { ...ATTEMPT_LIMITS, ...Object.fromEntries(kinds) };
  const { createWindows, ...setup } = await open();
  const make = (windows: CreateWindows) => createAttemptLimiter(windows, { key: KEY, limits });
  return { ...setup, limiter: inTurn(make, createWindows) };
});

describe('the table of windows', () => {
  const rows = async () => {
    const found = await runSql<{ key: string }>(database.url, 'SELECT key FROM rate_limits');
    return found.map(({ key }) => key);
  };

  it('loses expired windows and no others', async () => {
    const { createWindows, advance, close } = await open();
    const rate = { perClient: { points: 9, seconds: 600 }, perProject: { points: 9, seconds: 60 } };
    const [limiter] = createWindows.map((make) => createRateLimiter(make, rate));
    await limiter?.consume('198.51.100.7', 'my-app');
    expect(await rows()).toHaveLength(2);
    await advance(180);
    vi.advanceTimersByTime(60_000);
    await vi.waitFor(async () => expect(await rows()).toHaveLength(1));
    await close();
  });

  it('does not reveal who was counted', async () => {
    const { createWindows, close } = await open();
    const [attempts] = createWindows.map((make) => createAttemptLimiter(make, { key: KEY }));
    await attempts?.consume('sign_in_email', 'ada@example.com');
    await attempts?.consume('invitation_client', '198.51.100.7');
    const text = (await rows()).join();
    expect(text).not.toContain('ada');
    expect(text).not.toContain('198.51');
    await close();
  });
});

it('rejects when the database does not answer', async () => {
  const records = await openPostgresRecords({
    url: database.url,
    masterKey: new Uint8Array(32).fill(1),
  });
  const { kysely } = records;
  const { createWindows, close } = openPostgresWindows({ kysely, key: KEY, onFailure: () => {} });
  await records.close();
  const rate = { points: 1, seconds: 60 };
  const limiter = createRateLimiter(createWindows, { perClient: rate, perProject: rate });
  await expect(limiter.consume('198.51.100.7', 'my-app')).rejects.toThrow();
  const attempts = createAttemptLimiter(createWindows, { key: KEY });
  await expect(attempts.consume('sign_in_email', 'ada')).rejects.toThrow();
  const budget = createEncodeBudget(createWindows, { secondsPerMinute: 1 });
  await expect(budget.check({ project: 'my-app', signed: true })).rejects.toThrow();
  close();
});
