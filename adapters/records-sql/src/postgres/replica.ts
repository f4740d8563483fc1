import { StorageUnavailableError } from '@auraimage/ports';
import type pg from 'pg';

const LIMIT_MS = 5000;

/**
 * Refuses a connection to a copy of the database. It would answer every read, with rows as they were some
 * time ago: an image that was made private since would be given out. After a failover, a name may lead to
 * the old primary, which has become a copy.
 *
 * @throws {StorageUnavailableError}
 */
export async function refuseReplica(client: pg.ClientBase): Promise<void> {
  const text = 'SELECT pg_is_in_recovery() AS replica';
  const question = { text, query_timeout: LIMIT_MS } as pg.QueryConfig;
  const { rows } = await client.query<{ replica: boolean }>(question);
  if (rows[0]?.replica !== false) {
    throw new StorageUnavailableError(
      'The database is a copy, which is behind: let AURA_DATABASE_URL name the primary',
    );
  }
}
