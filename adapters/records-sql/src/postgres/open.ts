import { Kysely, PostgresDialect, sql } from 'kysely';
import { createSecretCipher } from '../cipher.js';
import { openWithMasterKey } from '../master-key-check.js';
import { createRecords, type SqlRecords } from '../records.js';
import type { Database } from '../schema.js';
import { parsePostgresLocation } from './location.js';
import { createPrepareRead } from './point-read.js';
import { createPool } from './pool.js';
import { setUp } from './set-up.js';

export interface PostgresRecordsOptions {
  /** `postgres://user:password@host:port/database?sslmode=…`: see {@link parsePostgresLocation}. */
  readonly url: string;
  /** 32 bytes under which secrets are encrypted. */
  readonly masterKey: Uint8Array;
}

/**
 * Opens the records in a PostgreSQL database (14 or newer) and brings its tables up to date. Any number of
 * processes may do so at once.
 *
 * @throws {RangeError} when the URL cannot be used
 * @throws {DatabaseSetupError} when the database is away, refuses or is not fit; the message says what to do
 * @throws {WrongMasterKeyError} when the database was made under another master key
 * @throws {MigrationError} when the database is newer than this program
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
  await setUp(location);
  const pool = createPool(location);
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    await openWithMasterKey(kysely.withTables<Database>(), cipher);
  } catch (error) {
    await kysely.destroy();
    throw error;
  }
  return {
    ...createRecords(kysely, cipher, {
      prepareRead: createPrepareRead(pool),
      // The database's disk is not this machine's: no file here can make room on it.
      evenWhenFull: (change) => change(),
      hex: (column) => sql<string>`coalesce(encode(${sql.ref(column)}, 'hex'), '')`,
    }),
    pool: pool.stats,
    close: () => kysely.destroy(),
  };
}
