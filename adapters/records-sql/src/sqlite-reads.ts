import type { DatabaseSync, StatementSyncInstance } from '@photostructure/sqlite';
import type { CompiledQuery } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { PrepareRead } from './point-read.js';
import { uncut } from './uncut.js';

/** Rows of one query kept in memory, of a kilobyte at most each. */
const MAX_ROWS = 10_000;

type Handle = InstanceType<typeof DatabaseSync>;

/** A row of `image_changes`. */
interface Change {
  readonly seq: number;
  readonly project: string | null;
  /** `null` for every image. */
  readonly key: string | null;
}

/**
 * Rows of images that were read are used again until they change. That anything was committed, SQLite
 * tells by `data_version`, which changes with every commit of every other connection, in this process or
 * another (https://sqlite.org/pragma.html#pragma_data_version); what it was, by the table
 * `image_changes`, which triggers write in the same commit. Asking is a read of its own, so the answer is
 * as fresh as the row would be. Why: docs/decisions/0014-rows-until-they-change.md.
 *
 * @param reader that commits nothing itself
 */
export function createPrepareRead(reader: Handle): PrepareRead {
  const dataVersion = reader.prepare('PRAGMA data_version');
  return <R, T>(query: CompiledQuery<R>, make: (row: R, ...parameters: readonly string[]) => T) => {
    const made = new LRUCache<string, { readonly value: T }>({ max: MAX_ROWS });
    /** Names of no row. Any commit may have made one: no table tells. */
    const missing = new LRUCache<string, true>({ max: MAX_ROWS });
    // Prepared at the first use: the tables may not be there yet.
    let statements: { readonly row: StatementSyncInstance; readonly changes: Changes } | undefined;
    let version: number | undefined;

    return async (...parameters: readonly string[]) => {
      const { data_version: now } = dataVersion.get() as { data_version: number };
      statements ??= { row: reader.prepare(query.sql), changes: createChanges(reader) };
      if (now !== version) {
        missing.clear();
        const changed = statements.changes();
        if (changed === 'all') made.clear();
        else for (const name of changed) made.delete(name);
        version = now;
      }
      const bound = uncut(parameters);
      const name = nameOf(bound);
      const kept = made.get(name);
      if (kept !== undefined) return kept.value;
      if (missing.has(name)) return null;
      const row = statements.row.get(...bound) as R | undefined;
      if (row === undefined) {
        missing.set(name, true);
        return null;
      }
      const value = make(row, ...parameters);
      made.set(name, { value });
      return value;
    };
  };
}

/** The names of what has changed since it was last asked. */
type Changes = () => readonly string[] | 'all';

function createChanges(reader: Handle): Changes {
  const since = reader.prepare('SELECT seq, project, key FROM image_changes WHERE seq > ?');
  const newest = reader.prepare('SELECT max(seq) AS seq FROM image_changes');
  let last = (newest.get() as { seq: number | null }).seq ?? 0;
  return () => {
    const changes = since.all(last) as Change[];
    const [first] = changes;
    if (first === undefined) return [];
    // Old ones are deleted: what is missing may have been any.
    const whole =
      first.seq === last + 1 &&
      changes.every(({ project, key }) => project !== null && key !== null);
    last = changes.at(-1)?.seq ?? last;
    return whole ? changes.map(({ project, key }) => nameOf([project, key])) : 'all';
  };
}

/** No part has a NUL. */
function nameOf(parts: readonly unknown[]): string {
  return parts.join('\0');
}
