import type {
  AuditLog,
  CliTokens,
  ImageRecords,
  Invitations,
  ProjectRegistry,
  ProjectSecrets,
  UsageRecords,
} from '@auraimage/ports';
import type { Kysely } from 'kysely';
import { createAuditLog } from './audit.js';
import type { SecretCipher } from './cipher.js';
import { createCliTokens } from './cli-tokens.js';
import { createImageRecords } from './images.js';
import { createInvitations } from './invitations.js';
import { createProjectSecrets } from './projects.js';
import { createProjectRegistry } from './registry.js';
import type { Database } from './schema.js';
import type { SqlConnection } from './sql-connection.js';
import { createUsageRecords } from './usage.js';

/** Connections to a database server at one moment. */
export interface PoolStats {
  /** Connections that do something. */
  readonly busy: number;
  readonly idle: number;
  /** Most that there may be. */
  readonly most: number;
  /** Questions that wait for a connection. */
  readonly waiting: number;
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
  /** How busy the connections to a database server are; absent for a file. */
  readonly pool?: () => PoolStats;
  close(): Promise<void>;
}

/** The ports on a database whose tables are up to date, and whose master key was checked. */
export function createRecords(
  kysely: Kysely<unknown>,
  cipher: SecretCipher,
  connection: SqlConnection,
): Omit<SqlRecords, 'close'> {
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
  };
}
