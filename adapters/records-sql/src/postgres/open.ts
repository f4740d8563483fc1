import { Kysely, PostgresDialect, sql } from 'kysely';
import { createSecretCipher } from '../database/cipher.js';
import { verifyMasterKey } from '../database/master-key.js';
import type { Database } from '../database/schema.js';
import { createRecords, type SqlRecords } from '../records/records.js';
import { parsePostgresLocation } from './location.js';
import { migrate } from './migrate.js';
import { createPrepareRead } from './point-reads.js';
import { createPool } from './pool.js';

export interface PostgresRecordsOptions {
  /** `postgres://user:password@host:port/database?sslmode=…`: see {@link parsePostgresLocation}. */
  readonly url: string;
  /** 32 bytes that encrypt the secrets. */
  readonly masterKey: Uint8Array;
}

/**
 * Opens the records in a PostgreSQL database (14 or newer) and applies pending migrations. Any number of
 * processes may do so at once.
 *
 * @throws {RangeError} when the URL is invalid
 * @throws {DatabaseSetupError} when the database cannot be used; the message says what to do
 * @throws {WrongMasterKeyError} when the database was created with another master key
 * @throws {MigrationError} when the database is newer than this version
 *
 * @example
 * const records = await openPostgresRecords({ url: 'postgres://aura:secret@db/aura', masterKey });
 */
export async function openPostgresRecords({
  url,
  masterKey,
}: PostgresRecordsOptions): Promise<SqlRecords> {
  const cipher = createSecretCipher(masterKey);
  const location = parsePostgresLocation(url);
  await migrate(location);
  const pool = createPool(location);
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    await verifyMasterKey(kysely.withTables<Database>(), cipher);
  } catch (error) {
    await kysely.destroy();
    throw error;
  }
  return {
    ...createRecords(kysely, cipher, {
      prepareRead: createPrepareRead(pool),
      // The disk of the database is not on this machine, so no local file can reserve space on it.
      withReserve: (change) => change(),
      placeIn: (text, part) => sql<number>`strpos(${text}, ${part})`,
      now: () => sql<number>`(extract(epoch FROM clock_timestamp()) * 1000)::bigint`,
      hex: (column) => sql<string>`coalesce(encode(${sql.ref(column)}, 'hex'), '')`,
    }),
    pool: pool.stats,
    close: () => kysely.destroy(),
  };
}
