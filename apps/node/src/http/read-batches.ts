/** Most reads of a batch: those that came first wait until the others have been read from their sockets. */
const MAX_READS = 64;

/**
 * Handles together the reads that arrive together. All that the event loop finds on its sockets is read first, then
 * all is handled: the code of each part stays in the processor's caches, and one query for changes of the database is
 * recent enough for all of them. Why: docs/decisions/0067-reads-in-batches.md.
 *
 * @param handle must not throw: it would end the process
 * @returns a function that returns the batch to which a read that has just arrived is to be added, at once
 *
 * @example
 * const batchNow = createReadBatches<Arrived>((reads) => reads.forEach(answer));
 * const batch = batchNow();
 * batch.push({ incoming, outgoing, context: { batch } });
 */
export function createReadBatches<T>(handle: (reads: readonly T[]) => void): () => T[] {
  let batch: T[] = [];

  const begin = (arrived: T[]): void => {
    if (batch === arrived) batch = [];
    if (arrived.length > 0) handle(arrived.splice(0));
  };

  return () => {
    if (batch.length >= MAX_READS) begin(batch);
    if (batch.length === 0) setImmediate(begin, batch);
    return batch;
  };
}
