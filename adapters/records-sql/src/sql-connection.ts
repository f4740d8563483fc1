import type { RawBuilder } from 'kysely';
import type { PrepareRead } from './point-read.js';
import type { EvenWhenFull } from './reserve.js';

/** What the records need to know of the database that they are kept in, beside its Kysely dialect. */
export interface SqlConnection {
  readonly prepareRead: PrepareRead;
  readonly evenWhenFull: EvenWhenFull;
  /** A column of bytes as hexadecimal digits, empty for NULL. */
  hex(column: string): RawBuilder<string>;
}
