/**
 * Waits for work at most for a time. The work itself goes on: what it waits for may never settle, as the promise of a
 * request that Workers have ended.
 *
 * @param ms longest wait, in milliseconds
 * @param late makes the error after it
 * @throws what the work throws, or the error of `late`
 *
 * @example
 * await inTime(pool.query(), 2000, () => new Error('the query did not end in time'));
 */
export async function inTime<T>(work: Promise<T>, ms: number, late: () => unknown): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ended = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  return Promise.race([work, ended]).finally(() => clearTimeout(timer));
}
