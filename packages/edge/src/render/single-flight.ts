/** Work that several callers may wait for at once. */
export interface SingleFlight<T> {
  /**
   * Starts the work, or joins the work in progress under the same key. A caller whose signal aborts stops
   * waiting; when no caller waits any more, the work's own signal aborts. Work that continues nevertheless
   * can be joined; if it fails, its late joiners start it anew. So do joiners of work that does not end within the
   * longest wait.
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
  /** Until when it can be joined, by `performance.now()`; `undefined`: until it ends. */
  readonly until: number | undefined;
  waiting: number;
  isAborted: boolean;
  abort(reason: unknown): void;
}

/**
 * Runs work once per key at a time: concurrent requests for one variant share one encode.
 *
 * @param maxJoinedMs longest wait for work that another caller began, in milliseconds: in Workers, work ends with the
 *   request that began it, and its promise never settles. `undefined`: none
 *
 * @example
 * const singleFlight = createSingleFlight<Uint8Array>(undefined);
 * const bytes = await singleFlight.run(name, request.signal, (signal) => encode(signal));
 */
export function createSingleFlight<T>(maxJoinedMs: number | undefined): SingleFlight<T> {
  const inFlight = new Map<string, InFlight<T>>();

  const start = (key: string, work: (signal: AbortSignal) => Promise<T>): InFlight<T> => {
    const controller = new AbortController();
    let isSettled = false;
    const started: InFlight<T> = {
      result: work(controller.signal),
      until: maxJoinedMs === undefined ? undefined : performance.now() + maxJoinedMs,
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
        const known = inFlight.get(key);
        const joined = known ?? start(key, work);
        const wasAborted = joined.isAborted;
        try {
          return await waitFor(joined, signal, known?.until);
        } catch (error) {
          if (error === LATE) {
            if (inFlight.get(key) === joined) inFlight.delete(key);
            continue;
          }
          // The failure of aborted work says nothing to callers who joined it after the abort.
          if (!wasAborted || signal?.aborted) throw error;
        }
      }
    },
  };
}

/** Why a caller does not wait any more for the work of another one. */
const LATE = Symbol('late');

/**
 * Waits until the work ends or the caller's signal aborts.
 *
 * @param until by `performance.now()`
 * @throws {@link LATE} afterwards
 */
async function waitFor<T>(
  work: InFlight<T>,
  signal: AbortSignal | undefined,
  until: number | undefined,
): Promise<T> {
  work.waiting++;
  let stop: () => void = () => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal?.reason);
    signal?.addEventListener('abort', stop);
    if (until !== undefined) timer = setTimeout(() => reject(LATE), until - performance.now());
  });
  try {
    return await Promise.race([work.result, stopped]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    work.waiting--;
    if (work.waiting === 0) work.abort(signal?.reason);
  }
}
