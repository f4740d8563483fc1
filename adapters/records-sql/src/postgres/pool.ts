import { setTimeout as wait } from 'node:timers/promises';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';
import type { PoolStats } from '../records.js';
import { isBroken, isOutdated, isTimeout, nameFailure } from './failures.js';
import type { PostgresLocation } from './location.js';
import { refuseReplica } from './replica.js';

/** Milliseconds to wait for a connection: for a free one, and for a new one to be made. */
const CONNECT_MS = 5000;
/** Most milliseconds of a statement, waits for locks included. */
const STATEMENT_MS = 8000;
const LOCK_MS = 5000;
/** Until the server frees what a process holds that has vanished, or sleeps: others wait for its rows. */
const IDLE_IN_TRANSACTION_MS = 5000;
/** After this the server is not waited for any longer: it ended the statement long ago, or is away. */
const ANSWER_MS = STATEMENT_MS + 2000;
/** Milliseconds after which a connection that nobody needs is closed. */
const IDLE_MS = 60_000;
/** Milliseconds for connections to be closed in order. */
const END_MS = 2000;
/** Tries of a read whose connection breaks. */
const READ_TRIES = 3;

const { builtins } = pg.types;

/** Whole numbers and their sums, which have none beyond 2^53 here. For our connections alone. */
const NUMBERS = new Set<number>([builtins.INT8, builtins.NUMERIC]);
const types: pg.CustomTypesConfig = {
  getTypeParser: (id: number, format) =>
    NUMBERS.has(id) && format !== 'binary' ? Number : pg.types.getTypeParser(id, format),
};

/**
 * Said to each new connection, whatever the server's own settings are: a commit is on disk before it is
 * answered, a transaction's statements see what is committed when they begin, dates are in a form that the
 * driver reads.
 */
const SESSION = `
  SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off';
  SET default_transaction_isolation = 'read committed';
  SET default_transaction_read_only = off;
  SET datestyle = 'ISO';`;

/** Prepared under its name by each connection that runs it. */
interface Statement {
  readonly name: string;
  readonly text: string;
}

export interface Pool extends PostgresPool {
  stats(): PoolStats;
  /**
   * Runs one statement on a connection that is free, prepared under its name.
   *
   * @param answerMs milliseconds after which nobody waits for it any longer
   */
  read<R>(statement: Statement, values: readonly unknown[], answerMs: number): Promise<R[]>;
}

/** How a connection to a location is made; a pool adds its own limits. */
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
 * Connections of one server. Whatever fails is named as {@link nameFailure} does, and a connection that
 * failed in the middle is used no more. Once one had no answer in time, and no other had one either, every
 * older one is given up: the machine or the network behind them is gone, and each would make a request wait
 * as long.
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
  // An idle connection that the server ends: the pool has dropped it already.
  pool.on('error', () => {});
  let generation = 0;
  let answeredAt = 0;
  const madeIn = new WeakMap<pg.PoolClient, number>();

  async function take(): Promise<pg.PoolClient> {
    for (;;) {
      const began = generation;
      const client = await pool.connect().catch((error: unknown) => {
        throw nameFailure(error);
      });
      const made = madeIn.get(client) ?? began;
      madeIn.set(client, made);
      if (made === generation) return client;
      client.release(true);
    }
  }

  async function lease() {
    const client = await take();
    let broken: unknown;
    // A connection that ends while it is out tells of it by an event, too.
    const ended = (error: unknown) => {
      broken ??= error;
    };
    client.on('error', ended);
    return {
      async query<R>(config: pg.QueryConfig): Promise<pg.QueryResult<R & pg.QueryResultRow>> {
        if (broken !== undefined) throw nameFailure(broken);
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
            // A newer version has changed the tables: what every older connection prepared fails from now on.
            broken = error;
            if (madeIn.get(client) === generation) generation++;
          }
          throw nameFailure(error);
        }
      },
      hasEnded: () => broken !== undefined,
      release() {
        client.off('error', ended);
        client.release(broken !== undefined);
      },
    };
  }

  return {
    async connect() {
      const { query, hasEnded, release } = await lease();
      // Kysely asks for the client of the driver; it uses these two of it.
      const client = {
        // The server rolls back by itself when a connection ends; a second failure would hide the first.
        query: async (text: string, values: readonly unknown[]) =>
          text === 'rollback' && hasEnded()
            ? { command: 'ROLLBACK', rowCount: 0, rows: [] }
            : query({ text, values: uncut(values) }),
        release,
      };
      return client as unknown as PostgresPoolClient;
    },
    async read<R>(statement: Statement, values: readonly unknown[], answerMs: number) {
      const config = { ...statement, values: uncut(values), query_timeout: answerMs };
      for (let tries = 1; ; tries++) {
        const { query, hasEnded, release } = await lease();
        try {
          return (await query<R>(config)).rows;
        } catch (error) {
          // One that the server ended a moment ago, or that is outdated: a read may be asked anew, by another.
          if (tries === READ_TRIES || !hasEnded() || isTimeout(error)) throw error;
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
    // A stalled server does not take leave, either; what is left ends with the process.
    end: () => Promise.race([pool.end(), wait(END_MS, undefined, { ref: false })]),
  };
}

/** PostgreSQL has no NUL in a text. No name of ours has a U+FFFD. */
function uncut(values: readonly unknown[]): unknown[] {
  return values.map((value) => {
    if (Array.isArray(value)) return uncut(value);
    return typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value;
  });
}
