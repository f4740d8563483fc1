/**
 * Waits for work that another request may have begun: if the runtime has ended that request, the work never ends.
 *
 * @param what names the work in the error
 * @throws {Error} if it has not ended in time
 */
export async function inTime<T>(work: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not end in time`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
