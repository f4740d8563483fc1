import { shortOrLong } from '../../harness/long.js';
import { isWorker } from '../../harness/program.js';

/**
 * What is sent to one of many things, such as operations: in a short run every third value, and with the Worker, whose
 * requests take several times as long, at most every sixth. Things in a row that have the same values send all of them
 * among themselves. Of fewer than three values, all are sent. It is for values that mean the same for every thing: one
 * that belongs to a single thing, such as the bound of a field, would not be sent at all.
 *
 * @param turn place of the thing in the list of those that the values are sent to
 */
export function some<T>(turn: number, values: readonly T[]): T[] {
  if (values.length < 3) return [...values];
  const first = isWorker() ? turn + 1 : turn;
  const step = shortOrLong(isWorker() ? Math.min(values.length, 6) : 3, 1);
  return values.filter((_, at) => (at + first) % step === 0);
}
