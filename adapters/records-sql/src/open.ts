import type { ProjectRegistry } from '@auraimage/control';
import type { ImageRecords, ProjectSecrets } from '@auraimage/edge';
import { Kysely } from 'kysely';
import { createSecretCipher, type SecretCipher } from './cipher.js';
import { createImageRecords } from './images.js';
import { migrate } from './migrate.js';
import { createProjectSecrets } from './projects.js';
import { createProjectRegistry } from './registry.js';
import type { Database } from './schema.js';
import { openSqlite, type SqliteConnection } from './sqlite.js';

export interface SqliteRecordsOptions {
  /** Database file; made where it is missing. */
  readonly file: string;
  /** 32 bytes under which secrets are encrypted. */
  readonly masterKey: Uint8Array;
}

/** Every port that the database implements. */
export interface SqlRecords {
  readonly images: ImageRecords;
  readonly projects: ProjectSecrets;
  readonly registry: ProjectRegistry;
  close(): Promise<void>;
}

/**
 * Opens the records in an SQLite file and brings its tables up to date.
 *
 * @throws {WrongMasterKeyError} when the file was made under another master key
 * @throws {MigrationError} when the file is newer than this program
 *
 * @example
 * const records = await openSqliteRecords({ file: 'aura.db', masterKey });
 */
export async function openSqliteRecords({
  file,
  masterKey,
}: SqliteRecordsOptions): Promise<SqlRecords> {
  const cipher = createSecretCipher(masterKey);
  const connection = openSqlite(file);
  try {
    migrate(connection);
    checkMasterKey(connection, cipher);
  } catch (error) {
    connection.close();
    throw error;
  }
  const db = new Kysely<Database>({ dialect: connection.dialect });
  return {
    images: createImageRecords(db, cipher, connection),
    projects: createProjectSecrets(db, cipher),
    registry: createProjectRegistry(db, cipher),
    async close() {
      connection.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      await db.destroy();
      connection.close();
    },
  };
}

const CHECK_NAME = 'master_key_check';

/** A known text, encrypted by the first start: a wrong key is found now, not at the first request. */
function checkMasterKey({ database }: SqliteConnection, cipher: SecretCipher): void {
  const kept = database.prepare('SELECT value FROM settings WHERE name = ?').get(CHECK_NAME) as
    | { value: Uint8Array }
    | undefined;
  if (kept !== undefined) {
    cipher.decrypt(kept.value, CHECK_NAME);
    return;
  }
  database
    .prepare('INSERT INTO settings VALUES (?, ?) ON CONFLICT DO NOTHING')
    .run(CHECK_NAME, cipher.encrypt(CHECK_NAME, CHECK_NAME));
}
