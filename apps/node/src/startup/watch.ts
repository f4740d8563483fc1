/** How often a worker is asked whether it goes on, in milliseconds. */
const LOOK_MS = 10_000;
/** Looks in a row without an answer, after which it never will: a minute. */
const MOST_MISSED = 6;

/**
 * Looks after a worker whose process lives on. One that hangs would go on getting its share of the
 * connections, and answer none of them.
 *
 * @param ask rejects where there was no answer in time
 * @param onHung told once, after a minute without an answer
 * @returns ends it
 */
export function watchWorker(ask: () => Promise<unknown>, onHung: () => void): () => void {
  let missed = 0;
  const look = async (): Promise<void> => {
    try {
      await ask();
      missed = 0;
    } catch {
      missed += 1;
      if (missed === MOST_MISSED) onHung();
    }
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  return () => clearInterval(timer);
}
