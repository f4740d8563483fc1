import type { CompiledQuery } from 'kysely';
import type { PrepareRead } from '../point-read.js';
import type { Pool } from './pool.js';

/** Milliseconds that a read waits for its row: somebody waits for a picture. */
const ANSWER_MS = 3000;

/**
 * Reads by a statement that each connection prepares at its first use. Every call is a query of its own,
 * sent after the call: PostgreSQL has no word, short of a query, on whether anything was committed since.
 */
export function createPrepareRead(pool: Pool): PrepareRead {
  let prepared = 0;
  return <R, T>(
    { sql: text }: CompiledQuery<R>,
    make: (row: R, ...parameters: readonly string[]) => T,
  ) => {
    const name = `aura_read_${++prepared}`;
    return async (...parameters: readonly string[]) => {
      const [row] = await pool.read<R>({ name, text }, parameters, ANSWER_MS);
      return row === undefined ? null : make(row, ...parameters);
    };
  };
}
