/**
 * Runs work now, and again an interval after each start, but never twice at once. Failures are reported and do
 * not end it. It does not keep the process alive.
 *
 * @returns ends it. The signal of the work in progress aborts; nobody has to wait for it, and its failure is not
 *   reported any more
 *
 * @example
 * const stop = repeat((signal) => edge.sweepCache(signal), 30_000, (failure) => logger.warn(failure));
 * stop();
 */
export function repeat(
  work: (signal: AbortSignal) => Promise<void>,
  milliseconds: number,
  onFailure: (failure: unknown) => void,
): () => void {
  const stopping = new AbortController();
  const { signal } = stopping;
  let isRunning = false;
  const run = async (): Promise<void> => {
    if (isRunning) return;
    isRunning = true;
    try {
      await work(signal);
    } catch (failure) {
      if (!signal.aborted) onFailure(failure);
    } finally {
      isRunning = false;
    }
  };
  const timer = setInterval(run, milliseconds);
  timer.unref();
  void run();
  return () => {
    clearInterval(timer);
    stopping.abort();
  };
}
