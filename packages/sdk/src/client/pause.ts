/** Waits for a number of milliseconds, or until the signal is aborted, whichever comes first. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
    if (signal?.aborted) end();
  });
}

/** Calls a callback of the caller. If it throws, the error is reported and the upload continues. */
export function notify<T extends readonly unknown[]>(
  callback: ((...args: T) => void) | undefined,
  ...args: T
): void {
  try {
    callback?.(...args);
  } catch (error) {
    const { reportError = console.error } = globalThis as {
      reportError?: (error: unknown) => void;
    };
    reportError(error);
  }
}
