import { setTimeout as wait } from 'node:timers/promises';
import { StorageUnavailableError } from '@auraimage/ports';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { replaceNul } from '../database/transaction.js';
import type { PoolStats } from '../records/records.js';
import { isBroken, isOutdated, isTimeout, toStorageError } from './errors.js';
import type { PostgresLocation } from './location.js';

/** Timeout in milliseconds for a free connection and for a new one. */
const CONNECT_MS = 5000;
/** Statement timeout in milliseconds, including the wait for locks. */
const STATEMENT_MS = 8000;
const LOCK_MS = 5000;
/** After this the server ends the transaction of a process that is dead or suspended, which holds locks. */
const IDLE_IN_TRANSACTION_MS = 5000;
/** Timeout for the answer: the server has ended the statement by then, or is unreachable. */
const ANSWER_MS = STATEMENT_MS + 2000;
/** Milliseconds after which an idle connection is closed. */
const IDLE_MS = 60_000;
/** Timeout in milliseconds for an orderly close of all connections. */
const END_MS = 2000;
/** Attempts of a read whose connection breaks. */
const READ_ATTEMPTS = 3;

const { builtins } = pg.types;

/** Integers and their sums, which stay below 2^53 here, as numbers. Only for these connections. */
const NUMBERS = new Set<number>([builtins.INT8, builtins.NUMERIC]);
const types: pg.CustomTypesConfig = {
  getTypeParser: (id: number, format) =>
    NUMBERS.has(id) && format !== 'binary' ? Number : pg.types.getTypeParser(id, format),
};

/**
 * Settings of each new connection, whatever the server's defaults: commits are on disk before they are
 * answered, isolation is READ COMMITTED, and dates have a format that the driver parses.
 */
const SESSION = `
  SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off';
  SET default_transaction_isolation = 'read committed';
  SET default_transaction_read_only = off;
  SET datestyle = 'ISO';`;

/** A statement that each connection prepares under its name. */
interface Statement {
  readonly name: string;
  readonly text: string;
}

export interface Pool extends PostgresPool {
  stats(): PoolStats;
  /**
   * Runs one prepared statement on a free connection.
   *
   * @param answerMs timeout in milliseconds
   */
  read<R>(statement: Statement, values: readonly unknown[], answerMs: number): Promise<R[]>;
}

/** Configuration of a connection. A pool adds its own timeouts. */
export function clientConfig({ tls, connections: _, ...place }: PostgresLocation): pg.ClientConfig {
  return {
    ...place,
    ssl: tls,
    types,
    application_name: 'auraimage',
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/**
 * Connections to one server. Errors are converted by {@link toStorageError}. A broken connection is not used
 * again. After a timeout, during which no other connection had an answer either, all existing connections are
 * closed: the server or network is gone, and each of them would make another request time out.
 */
export function createPool(location: PostgresLocation): Pool {
  const pool = new pg.Pool({
    ...clientConfig(location),
    max: location.connections,
    idleTimeoutMillis: IDLE_MS,
    statement_timeout: STATEMENT_MS,
    lock_timeout: LOCK_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    query_timeout: ANSWER_MS,
    onConnect: async (client) => {
      await client.query({ text: SESSION, query_timeout: CONNECT_MS } as pg.QueryConfig);
      await refuseReplica(client);
    },
  });
  // The server closed an idle connection. The pool has removed it already.
  pool.on('error', () => {});
  /** Incremented to retire all existing connections. */
  let generation = 0;
  let answeredAt = 0;
  const createdIn = new WeakMap<pg.PoolClient, number>();

  async function acquire(): Promise<pg.PoolClient> {
    for (;;) {
      const current = generation;
      const client = await pool.connect().catch((error: unknown) => {
        throw toStorageError(error);
      });
      const created = createdIn.get(client) ?? current;
      createdIn.set(client, created);
      if (created === generation) return client;
      client.release(true);
    }
  }

  async function lease() {
    const client = await acquire();
    let broken: unknown;
    // A connection that breaks while it is leased also emits an event.
    const onError = (error: unknown) => {
      broken ??= error;
    };
    client.on('error', onError);
    return {
      async query<R>(config: pg.QueryConfig): Promise<pg.QueryResult<R & pg.QueryResultRow>> {
        if (broken !== undefined) throw toStorageError(broken);
        const sentAt = performance.now();
        try {
          const result = await client.query<R & pg.QueryResultRow>(config);
          answeredAt = performance.now();
          return result;
        } catch (error) {
          if (isBroken(error)) {
            broken = error;
            if (isTimeout(error) && answeredAt < sentAt) generation++;
          } else if (config.name !== undefined && isOutdated(error)) {
            // A migration has changed the tables: the prepared statements of all connections are invalid.
            broken = error;
            if (createdIn.get(client) === generation) generation++;
          }
          throw toStorageError(error);
        }
      },
      wasBroken: () => broken !== undefined,
      release() {
        client.off('error', onError);
        client.release(broken !== undefined);
      },
    };
  }

  return {
    async connect() {
      const { query, wasBroken, release } = await lease();
      // Kysely's type is the driver's client, of which it uses these two members.
      const client = {
        // A broken connection has been rolled back by the server. A second error would hide the first.
        query: async (text: string, values: readonly unknown[]) =>
          text === 'rollback' && wasBroken()
            ? { command: 'ROLLBACK', rowCount: 0, rows: [] }
            : query({ text, values: replaceNul(values) }),
        release,
      };
      return client as unknown as PostgresPoolClient;
    },
    async read<R>(statement: Statement, values: readonly unknown[], answerMs: number) {
      const config = { ...statement, values: replaceNul(values), query_timeout: answerMs };
      for (let attempt = 1; ; attempt++) {
        const { query, wasBroken, release } = await lease();
        try {
          return (await query<R>(config)).rows;
        } catch (error) {
          // The connection was closed or outdated. A read may be retried on another one.
          if (attempt === READ_ATTEMPTS || !wasBroken() || isTimeout(error)) throw error;
        } finally {
          release();
        }
      }
    },
    stats: () => ({
      busy: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      most: location.connections,
      waiting: pool.waitingCount,
    }),
    // A stalled server does not answer the close either. Remaining connections end with the process.
    end: () => Promise.race([pool.end(), wait(END_MS, undefined, { ref: false })]),
  };
}

const REPLICA_CHECK_MS = 5000;

/**
 * Refuses a connection to a read replica. Its rows lag behind, so an image that was made private could still
 * be served. After a failover, a host name may point to the old primary, which is then a replica.
 *
 * @throws {StorageUnavailableError}
 */
async function refuseReplica(client: pg.ClientBase): Promise<void> {
  const text = 'SELECT pg_is_in_recovery() AS replica';
  const query = { text, query_timeout: REPLICA_CHECK_MS } as pg.QueryConfig;
  const { rows } = await client.query<{ replica: boolean }>(query);
  if (rows[0]?.replica !== false) {
    throw new StorageUnavailableError(
      'the database is a read replica, which lags behind: set AURA_DATABASE_URL to the primary',
    );
  }
}
