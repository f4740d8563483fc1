/**
 * Requests that all arrived before the first of them is handled. A query for one of them sees every change that was
 * committed before the last of them arrived. Only its identity counts.
 */
export type ReadBatch = object;
