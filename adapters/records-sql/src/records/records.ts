import type {
  AuditLog,
  CliTokens,
  DeliveryQueue,
  ImageRecords,
  Invitations,
  People,
  PresetRecords,
  ProjectMembers,
  ProjectRegistry,
  ProjectSecrets,
  ReceiptKeys,
  RecipientRecords,
  SecondFactorRecords,
  UsageRecords,
  WebhookRecords,
} from '@auraimage/ports';
import type { Kysely } from 'kysely';
import type { SecretCipher } from '../database/cipher.js';
import type { SqlConnection } from '../database/connection.js';
import type { Database } from '../database/schema.js';
import { createAuditLog } from './audit.js';
import { createCliTokens } from './cli-tokens.js';
import { createDeliveryQueue } from './delivery-queue.js';
import { createImageRecords } from './images.js';
import { createInvitations } from './invitations.js';
import { createProjectMembers } from './members.js';
import { createPeople } from './people.js';
import { createPresetRecords } from './presets.js';
import { createProjectSecrets } from './projects.js';
import { createReceiptKeys } from './receipt-keys.js';
import { createRecipientRecords } from './recipients.js';
import { createProjectRegistry } from './registry.js';
import { createSecondFactors } from './second-factors.js';
import { createUsageRecords } from './usage.js';
import { createEventWriter } from './webhook-events.js';
import { createWebhookRecords } from './webhooks.js';

/** Connections to a database server. */
export interface PoolStats {
  /** Connections in use. */
  readonly busy: number;
  readonly idle: number;
  /** Most connections. */
  readonly most: number;
  /** Queries that wait for a connection. */
  readonly waiting: number;
}

/** The ports on a database. */
export interface SqlRecords {
  readonly images: ImageRecords;
  readonly presets: PresetRecords;
  readonly projects: ProjectSecrets;
  readonly registry: ProjectRegistry;
  readonly members: ProjectMembers;
  readonly cliTokens: CliTokens;
  readonly invitations: Invitations;
  readonly people: People;
  readonly audit: AuditLog;
  readonly usage: UsageRecords;
  readonly receiptKeys: ReceiptKeys;
  readonly recipients: RecipientRecords;
  readonly webhooks: WebhookRecords;
  readonly deliveries: DeliveryQueue;
  readonly secondFactors: SecondFactorRecords;
  /** The same database, for adapters with tables of their own: declare them with `withTables`. */
  readonly kysely: Kysely<unknown>;
  /** Statistics of the connections to a database server; absent for a file. */
  readonly pool?: () => PoolStats;
  close(): Promise<void>;
}

/** Creates the ports on a migrated database with a verified master key. */
export function createRecords(
  kysely: Kysely<unknown>,
  cipher: SecretCipher,
  connection: SqlConnection,
): Omit<SqlRecords, 'close'> {
  const db = kysely.withTables<Database>();
  const { withReserve } = connection;
  const events = createEventWriter(db, connection);
  return {
    images: createImageRecords(db, cipher, connection, events),
    presets: createPresetRecords(db, connection),
    projects: createProjectSecrets(db, cipher),
    registry: createProjectRegistry(db, cipher, withReserve, events),
    members: createProjectMembers(db, withReserve),
    cliTokens: createCliTokens(db, withReserve),
    invitations: createInvitations(db, withReserve),
    people: createPeople(db, connection),
    audit: createAuditLog(db, withReserve),
    usage: createUsageRecords(db),
    receiptKeys: createReceiptKeys(db, cipher),
    recipients: createRecipientRecords(db, connection),
    webhooks: createWebhookRecords(db, cipher, events, connection),
    deliveries: createDeliveryQueue(db, cipher, events, connection),
    secondFactors: createSecondFactors(db, cipher),
    kysely,
  };
}
