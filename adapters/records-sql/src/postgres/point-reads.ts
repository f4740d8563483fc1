import type { CompiledQuery } from 'kysely';
import type { PrepareRead } from '../database/connection.js';
import type { Pool } from './pool.js';

/** Timeout of a read in milliseconds: a client waits for an image. */
const ANSWER_MS = 3000;
/** Most concurrent queries of a kind. Further reads wait and share the next query. */
const MAX_CONCURRENT = 2;
/** Most reads of one query. */
const MAX_BATCH = 200;

interface PendingRead<R> {
  readonly parameters: readonly string[];
  resolve(row: R | undefined): void;
  reject(error: unknown): void;
}

/**
 * Reads by prepared statements. Every read is part of a query that starts after it, so it sees every earlier
 * commit: short of a query, PostgreSQL cannot tell whether anything was committed. Reads that arrive while
 * queries are in flight are batched into the next one. Why: docs/decisions/0011-postgresql.md.
 */
export function createPrepareRead(pool: Pool): PrepareRead {
  let prepared = 0;
  return <R, T>({ sql }: CompiledQuery<R>, make: (row: R, project: string) => T) => {
    const name = `aura_read_${++prepared}`;
    const waiting: PendingRead<R>[] = [];
    let inFlight = 0;

    async function send(reads: readonly PendingRead<R>[]): Promise<void> {
      inFlight++;
      try {
        const rows = await rowsOf(reads.map(({ parameters }) => parameters));
        for (const [index, { resolve }] of reads.entries()) resolve(rows[index]);
      } catch (error) {
        for (const { reject } of reads) reject(error);
      } finally {
        inFlight--;
        next();
      }
    }

    async function rowsOf(batch: readonly (readonly string[])[]): Promise<(R | undefined)[]> {
      const [first = []] = batch;
      if (batch.length === 1) return pool.read<R>({ name, text: sql }, first, ANSWER_MS);
      const columns = first.map((_, n) => batch.map((parameters) => parameters[n]));
      const statement = { name: `${name}_batch`, text: batchQuery(sql, first.length) };
      const found = await pool.read<R & { place: number }>(statement, columns, ANSWER_MS);
      const rows: (R | undefined)[] = [];
      for (const row of found) rows[row.place - 1] = row;
      return rows;
    }

    function next(): void {
      if (waiting.length > 0 && inFlight < MAX_CONCURRENT) void send(waiting.splice(0, MAX_BATCH));
    }

    return async (project: string, name: string) => {
      const row = await new Promise<R | undefined>((resolve, reject) => {
        waiting.push({ parameters: [project, name], resolve, reject });
        next();
      });
      return row === undefined ? null : make(row, project);
    };
  };
}

/** The query for a batch: each parameter is an array with a value per read. */
function batchQuery(sql: string, parameters: number): string {
  const numbers = Array.from({ length: parameters }, (_, n) => n + 1);
  const arrays = numbers.map((n) => `$${n}::text[]`).join(', ');
  const names = numbers.map((n) => `p${n}`).join(', ');
  return `SELECT batch.place, found.* FROM unnest(${arrays}) WITH ORDINALITY AS batch (${names}, place)
    CROSS JOIN LATERAL (${sql.replace(/\$(\d+)/g, 'batch.p$1')}) AS found`;
}
