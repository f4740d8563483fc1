import type {
  AuditLog,
  CliTokens,
  Invitations,
  ProjectRegistry,
  UsageRecords,
} from '@auraimage/control';
import type { ImageRecords, ProjectSecrets } from '@auraimage/edge';
import { Kysely } from 'kysely';
import { createAuditLog } from './audit.js';
import { createSecretCipher } from './cipher.js';
import { createCliTokens } from './cli-tokens.js';
import { createImageRecords } from './images.js';
import { createInvitations } from './invitations.js';
import { openWithMasterKey } from './master-key-check.js';
import { migrate } from './migrate.js';
import { createProjectSecrets } from './projects.js';
import { createProjectRegistry } from './registry.js';
import type { Database } from './schema.js';
import { openSqlite } from './sqlite.js';
import { createUsageRecords } from './usage.js';

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
  readonly cliTokens: CliTokens;
  readonly invitations: Invitations;
  readonly audit: AuditLog;
  readonly usage: UsageRecords;
  /** The same database, for an adapter that has tables of its own there: name them by `withTables`. */
  readonly kysely: Kysely<unknown>;
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
    openWithMasterKey(connection, cipher);
  } catch (error) {
    connection.close();
    throw error;
  }
  const kysely = new Kysely<unknown>({ dialect: connection.dialect });
  const db = kysely.withTables<Database>();
  const { evenWhenFull } = connection;
  return {
    images: createImageRecords(db, cipher, connection),
    projects: createProjectSecrets(db, cipher),
    registry: createProjectRegistry(db, cipher, evenWhenFull),
    cliTokens: createCliTokens(db, evenWhenFull),
    invitations: createInvitations(db, evenWhenFull),
    audit: createAuditLog(db),
    usage: createUsageRecords(db),
    kysely,
    async close() {
      connection.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      await kysely.destroy();
      connection.close();
    },
  };
}
