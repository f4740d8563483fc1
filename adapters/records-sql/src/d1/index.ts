export { WrongMasterKeyError } from '../database/cipher.js';
export { MigrationError, type MigrationFile } from '../database/migrations.js';
export { createObjectRows } from '../records/object-rows.js';
export type { SqlRecords } from '../records/records.js';
export type { D1Binding } from './binding.js';
export { type D1RecordsOptions, openD1Records, requireOpen } from './open.js';
