import type { CompiledQuery } from 'kysely';
import type { PrepareRead } from '../point-read.js';
import type { Pool } from './pool.js';

/** Milliseconds that a read waits for its row: somebody waits for a picture. */
const ANSWER_MS = 3000;
/** Queries of one kind under way at once: what comes meanwhile goes together. */
const AT_ONCE = 2;
/** Most reads that go together. */
const MOST = 200;

interface Asked<R> {
  readonly parameters: readonly string[];
  resolve(row: R | undefined): void;
  reject(error: unknown): void;
}

/**
 * Reads by statements that each connection prepares at its first use. Every read is part of a query that is
 * sent after it was asked for, so it sees every commit before: PostgreSQL has no word, short of a query, on
 * whether anything was committed since. Reads that come while queries are under way are gathered into the
 * next. Why: docs/decisions/0011-postgresql.md.
 */
export function createPrepareRead(pool: Pool): PrepareRead {
  let prepared = 0;
  return <R, T>(
    { sql }: CompiledQuery<R>,
    make: (row: R, ...parameters: readonly string[]) => T,
  ) => {
    const name = `aura_read_${++prepared}`;
    const waiting: Asked<R>[] = [];
    let underWay = 0;

    async function send(asked: readonly Asked<R>[]): Promise<void> {
      underWay++;
      try {
        const rows = await rowsOf(asked.map(({ parameters }) => parameters));
        for (const [place, { resolve }] of asked.entries()) resolve(rows[place]);
      } catch (error) {
        for (const { reject } of asked) reject(error);
      } finally {
        underWay--;
        next();
      }
    }

    async function rowsOf(asked: readonly (readonly string[])[]): Promise<(R | undefined)[]> {
      const [first = []] = asked;
      if (asked.length === 1) return pool.read<R>({ name, text: sql }, first, ANSWER_MS);
      const columns = first.map((_, n) => asked.map((parameters) => parameters[n]));
      const together = { name: `${name}_together`, text: togetherOf(sql, first.length) };
      const found = await pool.read<R & { place: number }>(together, columns, ANSWER_MS);
      const rows: (R | undefined)[] = [];
      for (const row of found) rows[row.place - 1] = row;
      return rows;
    }

    function next(): void {
      if (waiting.length > 0 && underWay < AT_ONCE) void send(waiting.splice(0, MOST));
    }

    return async (...parameters: readonly string[]) => {
      const row = await new Promise<R | undefined>((resolve, reject) => {
        waiting.push({ parameters, resolve, reject });
        next();
      });
      return row === undefined ? null : make(row, ...parameters);
    };
  };
}

/** The query for many sets of parameters, each column of them an array. */
function togetherOf(sql: string, parameters: number): string {
  const numbers = Array.from({ length: parameters }, (_, n) => n + 1);
  const arrays = numbers.map((n) => `$${n}::text[]`).join(', ');
  const names = numbers.map((n) => `p${n}`).join(', ');
  return `SELECT asked.place, found.* FROM unnest(${arrays}) WITH ORDINALITY AS asked (${names}, place)
    CROSS JOIN LATERAL (${sql.replace(/\$(\d+)/g, 'asked.p$1')}) AS found`;
}
