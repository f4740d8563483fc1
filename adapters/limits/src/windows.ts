import { createHmac } from 'node:crypto';
import { CompiledQuery, type Kysely } from 'kysely';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';

/** A number of points per window, and its length. */
export interface Rate {
  readonly points: number;
  readonly seconds: number;
}

interface Counted {
  readonly consumedPoints: number;
  readonly msBeforeNext: number;
}

/** Fixed windows of one rate. The window of a key opens with its first count. A key may be any text. */
export interface Windows {
  /** Counts one point. Rejects with a `RateLimiterRes` when the rate is exceeded. */
  consume(key: string): Promise<Counted>;
  /** `null` when no window is open. */
  get(key: string): Promise<Counted | null>;
  /** Counts points regardless of the rate. */
  penalty(key: string, points: number): Promise<unknown>;
  /** Takes points back. */
  reward(key: string, points: number): Promise<unknown>;
  /** Closes the window. */
  delete(key: string): Promise<unknown>;
}

/**
 * Creates the windows of a rate.
 *
 * @param name separates their keys from those of other windows
 */
export type CreateWindows = (name: string, rate: Rate) => Windows;

/** Counts one point. @returns 0 when that is within the rate, else the whole seconds to wait, at least 1 */
export async function consume(windows: Windows, key: string): Promise<number> {
  try {
    await windows.consume(key);
    return 0;
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
  }
}

/**
 * Counts in the memory of this process.
 *
 * @example
 * const limiter = createRateLimiter(createMemoryWindows, rates);
 */
export const createMemoryWindows: CreateWindows = (_, { points, seconds }) =>
  new RateLimiterMemory({ points, duration: seconds });

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
    return withHashedKeys(limiter, key);
  };
  return { createWindows, close: () => clearInterval(timer) };
}

function withHashedKeys(windows: Windows, secret: Uint8Array): Windows {
  const hash = (key: string) => createHmac('sha256', secret).update(key).digest('base64url');
  return {
    consume: (key) => windows.consume(hash(key)),
    get: (key) => windows.get(hash(key)),
    penalty: (key, points) => windows.penalty(hash(key), points),
    reward: (key, points) => windows.reward(hash(key), points),
    delete: (key) => windows.delete(hash(key)),
  };
}
