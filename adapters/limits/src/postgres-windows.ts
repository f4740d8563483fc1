import { CompiledQuery, type Kysely } from 'kysely';
import { RateLimiterPostgres } from 'rate-limiter-flexible';
import { windowsOf } from './rate-limiter.js';
import { type CreateWindows, withHashedKeys } from './windows.js';

/** Created by the migrations of records-sql. */
const TABLE = 'rate_limits';
/** Interval at which expired windows are deleted, in milliseconds. */
const CLEANUP_MS = 60_000;
/** Allowed difference between the clocks of servers, in milliseconds. */
const CLOCK_SKEW_MS = 60_000;

export interface PostgresWindowsOptions {
  /** A PostgreSQL database with the tables of records-sql. */
  readonly kysely: Kysely<unknown>;
  /** Secret that hashes keys, so that the table does not reveal who was counted. The same on all servers. */
  readonly key: Uint8Array;
  /** Called when expired windows could not be deleted. They are deleted at the next interval. */
  readonly onFailure: (failure: unknown) => void;
}

export interface PostgresWindows {
  readonly createWindows: CreateWindows;
  /** Stops deleting expired windows. */
  close(): void;
}

/**
 * Counts in a table that all servers share: a window is a row, and a count is one statement. Times come
 * from the servers' clocks. The table is unlogged, so a crash of the database resets all counts.
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
  const deleteExpired = async () => {
    const text = `DELETE FROM ${TABLE} WHERE expire < $1`;
    await storeClient.query({ text, values: [Date.now() - CLOCK_SKEW_MS] }).catch(onFailure);
  };
  const timer = setInterval(() => void deleteExpired(), CLEANUP_MS);
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
    return withHashedKeys(windowsOf(limiter), key);
  };
  return { createWindows, close: () => clearInterval(timer) };
}
