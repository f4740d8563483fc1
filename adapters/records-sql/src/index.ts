export { type D1Place, parseD1Location } from './d1/http-api.js';
export { WrongMasterKeyError } from './database/cipher.js';
export type { Rekeyed } from './database/master-key.js';
export { DatabaseSetupError, MigrationError } from './database/migrations.js';
export { reopenD1 } from './maintenance/d1-closing.js';
export { rekeyD1Records } from './maintenance/d1-rekey.js';
export { checkD1Key } from './maintenance/d1-transfer-database.js';
export { type Pending, pendingMigrations } from './maintenance/pending.js';
export {
  type DatabasePlace,
  type ServerDatabase,
  type TransferOptions,
  type TransferProgress,
  type TransferReport,
  transferDatabase,
} from './maintenance/transfer.js';
export { type PostgresLocation, parsePostgresLocation } from './postgres/location.js';
export { openPostgresRecords, type PostgresRecordsOptions } from './postgres/open.js';
export {
  isPostgresInUse,
  type PostgresRekeyOptions,
  rekeyPostgresRecords,
} from './postgres/rekey.js';
export { createObjectRows } from './records/object-rows.js';
export type { PoolStats, SqlRecords } from './records/records.js';
export { isEarlierCopy, isInUse, snapshotSqlite } from './sqlite/files.js';
export { openSqliteRecords, type SqliteRecordsOptions } from './sqlite/open.js';
export { type RekeyOptions, rekeySqliteRecords } from './sqlite/rekey.js';
