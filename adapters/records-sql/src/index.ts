export { WrongMasterKeyError } from './cipher.js';
export { isInUse } from './in-use.js';
export { MigrationError } from './migrate.js';
export { createObjectRows } from './object-rows.js';
export { openSqliteRecords, type SqliteRecordsOptions } from './open.js';
export { type Pending, pendingMigrations } from './pending.js';
export { DatabaseSetupError } from './postgres/explain-start.js';
export { type PostgresLocation, parsePostgresLocation } from './postgres/location.js';
export { openPostgresRecords, type PostgresRecordsOptions } from './postgres/open.js';
export {
  isPostgresInUse,
  type PostgresRekeyOptions,
  rekeyPostgresRecords,
} from './postgres/rekey.js';
export type { PoolStats, SqlRecords } from './records.js';
export { type Rekeyed, type RekeyOptions, rekeySqliteRecords } from './rekey.js';
export { isEarlierCopy } from './same-installation.js';
export { snapshotSqlite } from './snapshot.js';
export {
  type DatabasePlace,
  TransferError,
  type TransferReport,
  transferDatabase,
} from './transfer/transfer.js';
