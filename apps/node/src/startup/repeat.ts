/** Work that is repeated in the background. */
export interface Repeated {
  /** Resolves when the work in progress has ended; no more begins. */
  stop(): Promise<void>;
}

/**
 * Runs work now, and again an interval after each start, but never twice at once. Failures are reported and do
 * not end it. It does not keep the process alive.
 *
 * @example
 * const sweeps = repeat(() => edge.sweepCache(), 30_000, (failure) => logger.warn(failure));
 * await sweeps.stop();
 */
export function repeat(
  work: () => Promise<void>,
  milliseconds: number,
  onFailure: (failure: unknown) => void,
): Repeated {
  let running: Promise<void> = Promise.resolve();
  let isRunning = false;
  const run = () => {
    if (isRunning) return;
    isRunning = true;
    running = work()
      .catch(onFailure)
      .finally(() => {
        isRunning = false;
      });
  };
  const timer = setInterval(run, milliseconds);
  timer.unref();
  run();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
