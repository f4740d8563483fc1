import type { ReadBatch } from '@auraimage/ports';
import type { MaybePromise } from '@auraimage/protocol';
import type { CompiledQuery, RawBuilder } from 'kysely';

/** What the records need from a database besides its Kysely dialect. */
export interface SqlConnection {
  readonly prepareRead: PrepareRead;
  readonly withReserve: WithReserve;
  /** A column of bytes as hexadecimal digits, empty for NULL. */
  hex(column: string): RawBuilder<string>;
  /** Unix milliseconds on the clock of the database, which all its processes share. */
  now(): RawBuilder<number>;
  /** Place of the first occurrence of a part in a text, counted from 1; 0 for none. */
  placeIn(text: RawBuilder<string>, part: string): RawBuilder<number>;
}

/**
 * Prepares the query of an image that every read runs, of a preset or of a recipient. The result runs it with the name
 * of the project and the key or name, and returns the value that `make` creates from the row. The value may be cached
 * until the row changes, so it must be immutable. It is as of the latest commit, or as of that at the first call with
 * the same batch.
 */
export type PrepareRead = <R, T>(
  query: CompiledQuery<R>,
  make: (row: R, project: string) => T,
) => (project: string, name: string, batch?: ReadBatch) => MaybePromise<T | null>;

/** Runs a change that must succeed on a full disk too, because it frees space or revokes access. */
export type WithReserve = <T>(change: () => Promise<T>) => Promise<T>;
