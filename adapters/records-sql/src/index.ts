export { WrongMasterKeyError } from './cipher.js';
export { isInUse } from './in-use.js';
export { MigrationError } from './migrate.js';
export { createObjectRows } from './object-rows.js';
export { openSqliteRecords, type SqliteRecordsOptions, type SqlRecords } from './open.js';
export { type Rekeyed, type RekeyOptions, rekeySqliteRecords } from './rekey.js';
