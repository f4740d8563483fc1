/**
 * A timeout that `interrupt` ends early. An interrupt between `reset` and `wait` counts as well, so that none is
 * lost while the job is busy.
 *
 * @example
 * const idle = createInterruptibleWait();
 * while (!signal.aborted) {
 *   idle.reset();
 *   await work();
 *   await idle.wait(60_000, signal);
 * }
 */
export function createInterruptibleWait() {
  let isInterrupted = false;
  let end = () => {};
  return {
    interrupt() {
      isInterrupted = true;
      end();
    },
    reset() {
      isInterrupted = false;
    },
    wait(milliseconds: number, signal: AbortSignal): Promise<void> {
      if (isInterrupted || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(() => end(), milliseconds);
        end = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          end = () => {};
          resolve();
        };
        signal.addEventListener('abort', end);
      });
    },
  };
}
