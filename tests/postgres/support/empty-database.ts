import pg from 'pg';
import { createDatabase } from './database.js';

/** One database for many small serial tests: creating one for each would take longer than the test. */
export interface EmptyDatabase {
  readonly url: string;
  /** Deletes every row except those that the start of a server creates. */
  empty(): Promise<void>;
  close(): Promise<void>;
}

export async function openEmptyDatabase(): Promise<EmptyDatabase> {
  const url = await createDatabase();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  let statements: string | undefined;
  return {
    url,
    async empty() {
      statements ??= await deletionOf(client);
      await client.query(statements);
    },
    close: () => client.end(),
  };
}

/** Disables foreign keys, which would require an order. */
async function deletionOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT quote_ident(tablename) AS name FROM pg_tables
       WHERE schemaname = 'public' AND tablename NOT IN ('migrations', 'settings')`,
  );
  const deletions = rows.map(({ name }) => `DELETE FROM ${name}`);
  return ['SET session_replication_role = replica', ...deletions].join(';');
}
