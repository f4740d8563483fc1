/** Work that several callers may wait for at once. */
export interface SingleFlight<T> {
  /**
   * Starts the work, or joins the work in progress under the same key. A caller whose signal aborts stops
   * waiting; when no caller waits any more, the work's own signal aborts. Work that continues nevertheless
   * can be joined; if it fails, its late joiners start it anew.
   *
   * @param signal `undefined`: the caller waits until the work ends
   */
  run(
    key: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T>;
}

interface InFlight<T> {
  readonly result: Promise<T>;
  waiting: number;
  isAborted: boolean;
  abort(reason: unknown): void;
}

/**
 * Runs work once per key at a time: concurrent requests for one variant share one encode.
 *
 * @example
 * const singleFlight = createSingleFlight<Uint8Array>();
 * const bytes = await singleFlight.run(name, request.signal, (signal) => encode(signal));
 */
export function createSingleFlight<T>(): SingleFlight<T> {
  const inFlight = new Map<string, InFlight<T>>();

  const start = (key: string, work: (signal: AbortSignal) => Promise<T>): InFlight<T> => {
    const controller = new AbortController();
    let isSettled = false;
    const started: InFlight<T> = {
      result: work(controller.signal),
      waiting: 0,
      isAborted: false,
      abort(reason) {
        if (isSettled) return;
        started.isAborted = true;
        try {
          controller.abort(reason);
        } catch {
          // Workers refuse it in another request than the one that began the work, which then continues.
        }
      },
    };
    inFlight.set(key, started);
    const end = () => {
      isSettled = true;
      if (inFlight.get(key) === started) inFlight.delete(key);
    };
    started.result.then(end, end);
    return started;
  };

  return {
    async run(key, signal, work) {
      for (;;) {
        signal?.throwIfAborted();
        const joined = inFlight.get(key) ?? start(key, work);
        const wasAborted = joined.isAborted;
        try {
          return await waitFor(joined, signal);
        } catch (error) {
          // The failure of aborted work says nothing to callers who joined it after the abort.
          if (!wasAborted || signal?.aborted) throw error;
        }
      }
    },
  };
}

/** Waits until the work ends or the caller's signal aborts. */
async function waitFor<T>(work: InFlight<T>, signal: AbortSignal | undefined): Promise<T> {
  work.waiting++;
  let stop: () => void = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal?.reason);
    signal?.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([work.result, stopped]);
  } finally {
    signal?.removeEventListener('abort', stop);
    work.waiting--;
    if (work.waiting === 0) work.abort(signal?.reason);
  }
}
