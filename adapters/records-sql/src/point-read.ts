import type { CompiledQuery } from 'kysely';

/**
 * Prepares a compiled query of an image that every request runs; what it gives runs it, with the name of
 * its project and its key, in this order, and resolves with what `make` makes of its first row. That may be used again as
 * long as the row is the latest: it must not change.
 */
export type PrepareRead = <R, T>(
  query: CompiledQuery<R>,
  make: (row: R, ...parameters: readonly string[]) => T,
) => (...parameters: readonly string[]) => Promise<T | null>;
