import { StorageFullError, StorageUnavailableError } from '@auraimage/ports';

// What the records use of a D1 binding: https://developers.cloudflare.com/d1/worker-api/.

/** A D1 binding of a Worker. */
export interface D1Binding {
  withSession(constraint: 'first-primary'): D1Session;
}

interface D1Session {
  prepare(sql: string): D1Statement;
  /** Runs statements as one transaction. */
  batch(statements: D1Statement[]): Promise<D1Result[]>;
}

export interface D1Statement {
  bind(...values: unknown[]): D1Statement;
  all(): Promise<D1Result>;
}

interface D1Result {
  /** Bytes are arrays of numbers. */
  readonly results: Record<string, unknown>[];
}

/** A statement with numbered parameters: `?1` and so on. */
export interface Sql {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** A statement without parameters. */
export const plain = (sql: string): Sql => ({ sql, parameters: [] });

/** Runs SQL on the primary. */
export interface Primary {
  /** @returns the rows of one statement */
  query(statement: Sql): Promise<Row[]>;
  /** Runs statements as one transaction. @returns the rows of each */
  batch(statements: readonly Sql[]): Promise<Row[][]>;
}

export type Row = Record<string, unknown>;

/** Most parameters of a statement. */
const MAX_PARAMETERS = 100;

/**
 * Every call starts a session of its own: only its first query is sure to reach the primary. A replica may not have the
 * latest commit, which may have ended an access.
 *
 * @throws {StorageUnavailableError} (of each function) when D1 does not answer
 * @throws {StorageFullError} when the database has its largest size
 */
export function createPrimary(binding: D1Binding): Primary {
  const prepare = (session: D1Session, statement: Sql) => {
    const { sql, parameters } = withFewParameters(statement);
    const prepared = session.prepare(sql);
    return parameters.length === 0 ? prepared : prepared.bind(...parameters);
  };
  return {
    async query(statement) {
      const session = binding.withSession('first-primary');
      const { results } = await withStorageErrors(() => prepare(session, statement).all());
      return results.map(toRow);
    },
    async batch(statements) {
      const session = binding.withSession('first-primary');
      const all = await withStorageErrors(() =>
        session.batch(statements.map((statement) => prepare(session, statement))),
      );
      return all.map(({ results }) => results.map(toRow));
    },
  };
}

/** Turns the bytes of a row, which D1 gives as arrays of numbers, into those of JavaScript. */
export function toRow(row: Row): Row {
  for (const [name, value] of Object.entries(row)) {
    if (Array.isArray(value)) row[name] = Uint8Array.from(value as number[]);
  }
  return row;
}

/** Passes many values as one parameter, an array in JSON, but for bytes. */
function withFewParameters(statement: Sql): Sql {
  const { sql, parameters } = statement;
  if (parameters.length <= MAX_PARAMETERS) return statement;
  const bytes = parameters.filter((value) => value instanceof Uint8Array);
  const rest = parameters.map((value) => (value instanceof Uint8Array ? null : value));
  return {
    sql: sql.replace(/\?(\d+)/g, (_, number: string) => {
      const value = parameters[Number(number) - 1];
      return value instanceof Uint8Array
        ? `?${bytes.indexOf(value) + 2}`
        : `json_extract(?1, '$[${Number(number) - 1}]')`;
    }),
    parameters: [JSON.stringify(rest), ...bytes],
  };
}

const UNAVAILABLE = 'the database does not answer: see the status of D1 and its limits';

/**
 * What the errors say that no statement caused, which D1 may throw without its prefix:
 * https://developers.cloudflare.com/d1/observability/debug-d1/#error-list.
 */
const D1_PROBLEMS = [
  'Network connection lost.',
  "Can't read from request stream because client disconnected.",
  'Cannot resolve D1 DB due to transient issue',
  'D1 DB is overloaded.',
  'D1 DB reset because its code was updated.',
  'D1 DB storage caused object to be reset.',
  'D1 DB storage operation exceeded timeout',
  "D1 DB's isolate exceeded its memory limit",
  'D1 DB exceeded its CPU time limit',
];

/** What a database that `closeD1` has closed says to every change. */
export const CLOSED = 'aura: closed for changes';

/** What a migrated database says after it was ended, whose tables have other names. */
const MISSING = /no such table: (?!(?:main\.)?migrations\b)/;

/** Whether a statement caused an error: then it names SQLite's code. */
export const isOfStatement = (message: string): boolean =>
  /SQLITE_(?!BUSY|LOCKED|NOMEM|INTERRUPT|IOERR)/.test(message);

/** Whether an error is one of D1 itself, after which the same statement may succeed. */
export const isProblemOfD1 = (message: string): boolean =>
  D1_PROBLEMS.some((problem) => message.includes(problem));

/**
 * Of what a database has said, that it is closed.
 *
 * @throws {StorageUnavailableError}
 */
export function refuseClosed(message: string, cause?: unknown): void {
  if (!message.includes(CLOSED)) return;
  throw new StorageUnavailableError(
    'the database is closed for changes: it is being moved, or its master key is being changed',
    { cause },
  );
}

/** Converts the errors of D1 that no statement caused into those of the ports. */
async function withStorageErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const text = error instanceof Error && !(error instanceof TypeError) ? error.message : '';
    if (/SQLITE_FULL|database or disk is full|maximum (?:DB|database) size/i.test(text)) {
      throw new StorageFullError('no space left for the database: D1 has a largest size', {
        cause: error,
      });
    }
    refuseClosed(text, error);
    if (MISSING.test(text)) {
      throw new StorageUnavailableError('the database was moved to another one', { cause: error });
    }
    if (isOfStatement(text)) throw error;
    if (!text.startsWith('D1_ERROR: ') && !isProblemOfD1(text)) throw error;
    throw new StorageUnavailableError(UNAVAILABLE, { cause: error });
  }
}
