/** Waits so many milliseconds, or until the signal is aborted, whichever comes first. */
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

/** Calls what the caller passed in: its errors are reported and do not end an upload. */
export function tell<T extends readonly unknown[]>(
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
