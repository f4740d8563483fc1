import type { CompiledQuery } from 'kysely';

/**
 * Prepares a compiled query that every request runs; what it gives runs it, with the parameters in the
 * order of the query, and resolves with its first row.
 */
export type PrepareRead = <R>(
  query: CompiledQuery<R>,
) => (...parameters: readonly string[]) => Promise<R | undefined>;
