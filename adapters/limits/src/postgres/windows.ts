import { createHmac } from 'node:crypto';
import { CompiledQuery, type Kysely } from 'kysely';
import { RateLimiterPostgres } from 'rate-limiter-flexible';
import type { CreateWindows, Windows } from '../windows.js';

/** Of the migrations of records-sql. */
const TABLE = 'rate_limits';
/** How often windows that have ended are taken away, in milliseconds. */
const TIDY_MS = 60_000;
/** As clocks of servers differ. */
const SKEW_MS = 60_000;

export interface PostgresWindowsOptions {
  /** A PostgreSQL database that has the table of the records' migrations. */
  readonly kysely: Kysely<unknown>;
  /** Secret, and the same for all servers: the table tells nobody who was counted. */
  readonly key: Uint8Array;
  /** Told when windows that have ended could not be taken away: they stay until the next time. */
  readonly onFailure: (failure: unknown) => void;
}

export interface PostgresWindows {
  readonly createWindows: CreateWindows;
  /** Takes no more windows away: another server goes on with it. */
  close(): void;
}

/**
 * Counts in a table that all servers share; each window is a row, and each count one statement. Times are
 * those of the servers' clocks. A database that crashes forgets what was counted.
 *
 * @example
 * const { createWindows, close } = openPostgresWindows({ kysely: records.kysely, key, onFailure });
 * const limiter = createRateLimiter(createWindows, rates);
 */
export function openPostgresWindows({
  kysely,
  key,
  onFailure,
}: PostgresWindowsOptions): PostgresWindows {
  const storeClient = {
    async query({ text, values }: { readonly text: string; readonly values: readonly unknown[] }) {
      const query = CompiledQuery.raw(text, [...values]);
      const { rows, numAffectedRows } = await kysely.executeQuery(query);
      return { rows, rowCount: Number(numAffectedRows ?? rows.length) };
    },
  };
  const tidy = async () => {
    const text = `DELETE FROM ${TABLE} WHERE expire < $1`;
    await storeClient.query({ text, values: [Date.now() - SKEW_MS] }).catch(onFailure);
  };
  const timer = setInterval(() => void tidy(), TIDY_MS);
  timer.unref();

  const createWindows: CreateWindows = (name, { points, seconds }) => {
    const limiter = new RateLimiterPostgres({
      storeClient,
      storeType: 'client',
      tableName: TABLE,
      tableCreated: true,
      clearExpiredByTimeout: false,
      keyPrefix: name,
      points,
      duration: seconds,
    });
    return keyedBy(limiter, (text) => createHmac('sha256', key).update(text).digest('base64url'));
  };
  return { createWindows, close: () => clearInterval(timer) };
}

function keyedBy(windows: Windows, keyOf: (text: string) => string): Windows {
  return {
    consume: (text) => windows.consume(keyOf(text)),
    get: (text) => windows.get(keyOf(text)),
    penalty: (text, points) => windows.penalty(keyOf(text), points),
    reward: (text, points) => windows.reward(keyOf(text), points),
    delete: (text) => windows.delete(keyOf(text)),
  };
}
