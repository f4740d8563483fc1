import { type MigrationFile, pendingMigrationsOf } from '../database/migrations.js';
import { ChangedMeanwhileError } from '../database/transaction.js';
import { assertSame, CHANGED } from './assertions.js';
import type { Primary, Row, Sql } from './binding.js';

/** Attempts of a start, of which another one may apply the same migrations. */
const ATTEMPTS = 20;

const TABLES = [
  `CREATE TABLE IF NOT EXISTS migrations (
    name TEXT PRIMARY KEY,
    checksum TEXT NOT NULL,
    applied_at INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE IF NOT EXISTS settings (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
  ) STRICT`,
].map((sql): Sql => ({ sql, parameters: [] }));

const HISTORY: Sql = { sql: 'SELECT name, checksum FROM migrations ORDER BY name', parameters: [] };

/**
 * Applies the pending migrations, each in a batch of its own, which fails if another start has applied it meanwhile.
 *
 * @throws {MigrationError} when the database is newer than this version, or differs from it
 */
export async function migrate(primary: Primary, files: readonly MigrationFile[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const applied = await historyOf(primary);
    const [next] = pendingMigrationsOf(files, applied as { name: string; checksum: string }[]);
    if (next === undefined) return;
    try {
      await primary.batch([
        assertSame(HISTORY, applied),
        ...statementsOf(next.sql).map((sql) => ({ sql, parameters: [] })),
        {
          sql: 'INSERT INTO migrations VALUES (?1, ?2, ?3)',
          parameters: [next.name, next.checksum, Date.now()],
        },
      ]);
      attempt = 0;
    } catch (error) {
      const isConcurrent = error instanceof Error && error.message.includes(CHANGED);
      if (!isConcurrent) throw error;
      if (attempt === ATTEMPTS) throw new ChangedMeanwhileError({ cause: error });
    }
  }
}

async function historyOf(primary: Primary): Promise<Row[]> {
  try {
    return await primary.query(HISTORY);
  } catch (error) {
    if (!(error instanceof Error) || !/no such table/.test(error.message)) throw error;
    return (await primary.batch([...TABLES, HISTORY])).at(-1) ?? [];
  }
}

/** The statements of a file, each of which ends a line. Those of a trigger end with `END;`. */
function statementsOf(sql: string): string[] {
  const statements: string[] = [];
  let lines: string[] = [];
  for (const line of sql.split('\n')) {
    if (/^\s*(?:--.*)?$/.test(line)) continue;
    lines.push(line);
    const isTrigger = /^\s*CREATE\s+TRIGGER\b/i.test(lines[0] ?? '');
    if (!(isTrigger ? /\bEND;\s*$/i : /;\s*$/).test(line)) continue;
    statements.push(lines.join('\n'));
    lines = [];
  }
  if (lines.length > 0) throw new Error(`a statement does not end: ${lines.join('\n')}`);
  return statements;
}
