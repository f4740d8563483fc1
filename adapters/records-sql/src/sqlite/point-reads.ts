import type { ReadBatch } from '@auraimage/ports';
import type { DatabaseSync, StatementSyncInstance } from '@photostructure/sqlite';
import type { CompiledQuery } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { PrepareRead } from '../database/connection.js';
import { withoutNul } from '../database/transaction.js';

/** Most cached rows of a query, each of at most a kilobyte. */
const MAX_ROWS = 10_000;

type Handle = InstanceType<typeof DatabaseSync>;

/** What reads of one query need. */
interface Used<T> {
  readonly row: StatementSyncInstance;
  readonly changes: Changes;
  readonly values: LRUCache<string, { readonly value: T }>;
  /** Names without a row. Cleared on any commit, because inserts are not in `image_changes`. */
  readonly missing: LRUCache<string, true>;
}

/** A row of `image_changes`. */
interface Change {
  readonly seq: number;
  readonly project: string | null;
  /** `null` for every image. */
  readonly key: string | null;
}

/**
 * Caches image rows until they change. `data_version` changes with every commit of every other connection,
 * in this process or another (https://sqlite.org/pragma.html#pragma_data_version). The table `image_changes`,
 * which triggers write in the same commit, names the changed rows. The version is read for every call, or once
 * in a batch, so a result is as fresh as the row itself. Why: docs/decisions/0014-rows-until-they-change.md.
 *
 * @param reader a connection that never writes
 */
export function createPrepareRead(reader: Handle): PrepareRead {
  const dataVersion = reader.prepare('PRAGMA data_version');
  let latest = 0;
  let latestBatch: ReadBatch | undefined;
  /** The number of the latest commit, asked for once in a batch. */
  const versionIn = (batch: ReadBatch | undefined): number => {
    if (batch !== undefined && batch === latestBatch) return latest;
    latest = (dataVersion.get() as { data_version: number }).data_version;
    latestBatch = batch;
    return latest;
  };
  return <R, T>(query: CompiledQuery<R>, make: (row: R, project: string) => T) => {
    // Made on first use: the tables may not exist yet, and an empty cache has the size of a full one.
    let used: Used<T> | undefined;
    let version: number | undefined;

    return (project: string, name: string, batch?: ReadBatch) => {
      const now = versionIn(batch);
      used ??= {
        row: reader.prepare(query.sql),
        changes: createChanges(reader),
        values: new LRUCache({ max: MAX_ROWS }),
        missing: new LRUCache({ max: MAX_ROWS }),
      };
      const { values, missing } = used;
      if (now !== version) {
        missing.clear();
        const changed = used.changes();
        if (changed === 'all') values.clear();
        else for (const each of changed) values.delete(each);
        version = now;
      }
      const at = nameOf(project, name);
      const cached = values.get(at);
      if (cached !== undefined) return cached.value;
      if (missing.has(at)) return null;
      const bound = [withoutNul(project), withoutNul(name)] as const;
      const row = used.row.get(...bound) as R | undefined;
      if (row === undefined) {
        missing.set(nameOf(...bound), true);
        return null;
      }
      const value = make(row, project);
      values.set(nameOf(...bound), { value });
      return value;
    };
  };
}

/** The names of the rows that have changed since the last call. */
type Changes = () => readonly string[] | 'all';

function createChanges(reader: Handle): Changes {
  const since = reader.prepare('SELECT seq, project, key FROM image_changes WHERE seq > ?');
  const newest = reader.prepare('SELECT max(seq) AS seq FROM image_changes');
  let last = (newest.get() as { seq: number | null }).seq ?? 0;
  return () => {
    const changes = since.all(last) as Change[];
    const [first] = changes;
    if (first === undefined) return [];
    // Old changes are deleted. After a gap, any row may have changed.
    const isComplete =
      first.seq === last + 1 &&
      changes.every(({ project, key }) => project !== null && key !== null);
    last = changes.at(-1)?.seq ?? last;
    return isComplete ? changes.map(({ project, key }) => nameOf(project, key)) : 'all';
  };
}

/**
 * Unambiguous for the names in the caches, because no part of them contains NUL. A name with a part that does has
 * more NULs than any of them, and is never found.
 */
function nameOf(project: string | null, name: string | null): string {
  return `${project}\0${name}`;
}
