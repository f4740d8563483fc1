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
    async wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
      if (isInterrupted || signal?.aborted) return;
      let timer: ReturnType<typeof setInterval> | undefined;
      try {
        await new Promise<void>((resolve) => {
          end = resolve;
          timer = setInterval(resolve, milliseconds);
          signal?.addEventListener('abort', end);
        });
      } finally {
        // Not where it is interrupted, which may be in another request: Workers cancels a request that waits and has
        // no timer of its own. For the same reason it is an interval, which does not end before this line.
        clearInterval(timer);
        signal?.removeEventListener('abort', end);
        end = () => {};
      }
    },
  };
}
