import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  PrimitiveValueListNode,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  ValueNode,
  ValuesNode,
} from 'kysely';
import { LocklessCompiler } from '../database/sqlite-compiler.js';
import { ChangedMeanwhileError, replaceNul } from '../database/transaction.js';
import { assertSame, CHANGED } from './assertions.js';
import type { Primary, Row, Sql } from './binding.js';

export interface D1DialectOptions {
  /**
   * Whether writes in a transaction report what they would without one, for libraries that ask: an inserted row, and the
   * number of changed rows, which are counted by a query before, in the tables as they were before the transaction.
   */
  readonly reports?: boolean;
}

/** Kysely on D1. For its transactions see `transact`. */
export function createD1Dialect(
  primary: Primary,
  { reports = false }: D1DialectOptions = {},
): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new D1Driver(primary, reports),
    createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
    createQueryCompiler: () => new D1Compiler(),
  };
}

/**
 * Numbers the parameters, so that a query can be a part of a larger statement. D1 passes every number to SQLite as a
 * floating-point one, with which SQLite would divide differently, for example.
 */
class D1Compiler extends LocklessCompiler {
  protected override appendValue(value: unknown): void {
    const isWhole = Number.isSafeInteger(value) || typeof value === 'boolean';
    if (isWhole) this.append('CAST(');
    super.appendValue(value);
    if (isWhole) this.append(' AS INTEGER)');
  }
  protected override getCurrentParameterPlaceholder(): string {
    return `?${this.numParameters}`;
  }
}

class D1Driver implements Driver {
  readonly #primary: Primary;
  readonly #reports: boolean;
  constructor(primary: Primary, reports: boolean) {
    this.#primary = primary;
    this.#reports = reports;
  }
  async init(): Promise<void> {}
  async acquireConnection(): Promise<D1Connection> {
    return new D1Connection(this.#primary, this.#reports);
  }
  async beginTransaction(connection: D1Connection): Promise<void> {
    connection.begin();
  }
  commitTransaction(connection: D1Connection): Promise<void> {
    return connection.commit();
  }
  async rollbackTransaction(connection: D1Connection): Promise<void> {
    connection.rollback();
  }
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
}

interface Read extends Sql {
  readonly rows: readonly Row[];
}

/** What a transaction has read, and what it will write. */
interface Pending {
  readonly reads: Map<string, Read>;
  readonly writes: Sql[];
  readonly written: Set<string>;
}

const READING = /^\s*(?:select|with)\b/i;
const TABLE = /^\s*(?:insert\s+into|update|delete\s+from|replace\s+into)\s+"?(\w+)"?/i;
const RETURNING = /\breturning\b/i;

class D1Connection implements DatabaseConnection {
  readonly #primary: Primary;
  readonly #reports: boolean;
  #pending: Pending | null = null;

  constructor(primary: Primary, reports: boolean) {
    this.#primary = primary;
    this.#reports = reports;
  }

  begin(): void {
    this.#pending = { reads: new Map(), writes: [], written: new Set() };
  }

  rollback(): void {
    this.#pending = null;
  }

  async commit(): Promise<void> {
    const pending = this.#pending;
    this.#pending = null;
    if (pending === null || pending.writes.length === 0) return;
    const assertions = [...pending.reads.values()].map((read) => assertSame(read, read.rows));
    try {
      await this.#primary.batch([...assertions, ...pending.writes]);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes(CHANGED)) throw error;
      throw new ChangedMeanwhileError({ cause: error });
    }
  }

  async executeQuery<R>({ sql, parameters, query }: CompiledQuery): Promise<QueryResult<R>> {
    const statement = { sql, parameters: parameters.map(toParameter) };
    const isRead = READING.test(sql);
    const hasRows = isRead || RETURNING.test(sql);
    if (this.#pending !== null) {
      if (isRead) {
        checkUnwritten(this.#pending, statement);
        return { rows: (await this.#read(this.#pending, statement)) as R[] };
      }
      if (!this.#reports) return write(this.#pending, statement, hasRows);
      const row = hasRows ? insertedRow(query) : null;
      const told =
        row === null
          ? { rows: [], numAffectedRows: await this.#count(this.#pending, statement) }
          : { rows: [row as R] };
      write(this.#pending, statement, false);
      return told;
    }
    if (hasRows) return { rows: (await this.#primary.query(statement)) as R[] };
    // Not what D1 reports, which counts the changes of triggers as well.
    const [, counted] = await this.#primary.batch([statement, COUNT_CHANGES]);
    return { rows: [], numAffectedRows: BigInt(Number(counted?.[0]?.['changes'] ?? 0)) };
  }

  /** The number of rows that an update or a deletion changes. */
  async #count(pending: Pending, { sql, parameters }: Sql): Promise<bigint> {
    const [, table, where] =
      /^(?:update|delete from) ("\w+")(?: set .*?)?( where .*)?$/s.exec(sql) ?? [];
    if (table === undefined) return 1n; // an insertion
    const counting = `SELECT count(*) AS count FROM ${table}${where ?? ''}`;
    const [counted] = await this.#read(pending, { sql: counting, parameters });
    return BigInt(Number(counted?.['count'] ?? 0));
  }

  async #read({ reads }: Pending, statement: Sql): Promise<readonly Row[]> {
    const name = JSON.stringify([statement.sql, statement.parameters]);
    const rows = await this.#primary.query(statement);
    // Of the same query, the first rows count: that they are the same at the commit is asserted.
    if (!reads.has(name)) reads.set(name, { ...statement, rows: structuredClone(rows) });
    return rows;
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('D1 has no streams of rows');
  }
}

function checkUnwritten({ written }: Pending, { sql }: Sql): void {
  for (const table of written) {
    if (new RegExp(`\\b${table}\\b`).test(sql)) {
      throw new Error(`a transaction on D1 cannot read ${table} after it wrote to it`);
    }
  }
}

/** The row that an insertion of values returns. */
function insertedRow(query: CompiledQuery['query']): Row {
  const node = query.kind === 'InsertQueryNode' ? query : undefined;
  const [list] = node?.values !== undefined && ValuesNode.is(node.values) ? node.values.values : [];
  if (node?.columns === undefined || list === undefined || node.onConflict !== undefined) {
    throw new Error('a write in a transaction on D1 returns no rows, but for a plain insertion');
  }
  const values = PrimitiveValueListNode.is(list)
    ? list.values
    : list.values.map((value) => (ValueNode.is(value) ? value.value : null));
  return Object.fromEntries(
    node.columns.map(({ column }, at) => [column.name, toParameter(values[at])]),
  );
}

const COUNT_CHANGES: Sql = { sql: 'SELECT changes() AS changes', parameters: [] };

function write<R>({ writes, written }: Pending, statement: Sql, hasRows: boolean): QueryResult<R> {
  if (hasRows) throw new Error('a write in a transaction on D1 returns no rows');
  const table = TABLE.exec(statement.sql)?.[1];
  if (table === undefined) throw new Error(`not a write that D1 knows: ${statement.sql}`);
  written.add(table);
  writes.push(statement);
  // Nobody knows the number of changed rows before the commit. Kysely says 0, so that whoever asks takes nothing for changed.
  return { rows: [] };
}

function toParameter(value: unknown): unknown {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'bigint') return Number(value);
  return replaceNul([value])[0];
}
