export { WrongMasterKeyError } from './cipher.js';
export { MigrationError } from './migrate.js';
export { openSqliteRecords, type SqlRecords, type SqliteRecordsOptions } from './open.js';
