/** Creates a resource that the files of a worker share. */
export type Start<T> = (worker: {
  /** Releases the resource when the process exits; must be synchronous. */
  atEnd(end: () => void): void;
}) => Promise<T>;

/**
 * A resource that is created when the first file of this worker needs it, and released with the worker: each
 * file of a project with `isolate: false` gets the same one.
 *
 * @example
 * const browser = createOnce(() => chromium.launch());
 * beforeAll(async () => { page = await (await browser()).newPage(); });
 */
export function createOnce<T>(start: Start<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= start({ atEnd: (end) => void process.once('exit', end) });
    return made;
  };
}

// Vitest stops a worker with this signal, which ends a process without its `exit` event.
process.once('SIGTERM', () => process.exit());
