import pg from 'pg';
import { inject } from 'vitest';

let databases = 0;

/**
 * Creates an empty database on the PostgreSQL server that the tests of this project share, and returns its URL, for
 * `openPostgresRecords` or for `AURA_DATABASE_URL`.
 *
 * @example
 * const server = await startTestServer({ env: { AURA_DATABASE_URL: await createDatabase() } });
 */
export async function createDatabase(): Promise<string> {
  const name = `aura_${process.pid}_${++databases}`;
  await runSql(inject('postgresUrl'), `CREATE DATABASE ${name}`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return url.href;
}

/** Runs SQL in a database, without our code. */
export async function runSql<R extends pg.QueryResultRow>(url: string, text: string): Promise<R[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<R>(text)).rows;
  } finally {
    await client.end();
  }
}
