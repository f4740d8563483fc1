export { WrongMasterKeyError } from './cipher.js';
export { MigrationError } from './migrate.js';
export { openSqliteRecords, type SqliteRecordsOptions, type SqlRecords } from './open.js';
