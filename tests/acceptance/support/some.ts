import { shortOrLong } from '../../harness/long.js';

/**
 * What is sent to one of many things, such as operations: in a normal run, every third value, so that each thing gets some
 * values and each value goes to a third of the things. Of fewer than three values, all are sent.
 *
 * @param turn place of the thing in the list of those that the values are sent to
 */
export function some<T>(turn: number, values: readonly T[]): T[] {
  if (values.length < 3) return [...values];
  return values.filter((_, at) => shortOrLong((at + turn) % 3 === 0, true));
}
