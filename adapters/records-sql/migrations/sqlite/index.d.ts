import type { MigrationFile } from '../../dist/d1/index.js';

/** All migrations of SQLite, in order. */
export declare const migrations: readonly MigrationFile[];
