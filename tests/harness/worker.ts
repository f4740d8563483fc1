/** What makes a thing that the files of a worker share. */
export type Start<T> = (worker: {
  /** Ends the thing with the process; must not wait for anything. */
  atEnd(end: () => void): void;
}) => Promise<T>;

/**
 * A thing that is made when the first file of this worker asks for it, and ends with the worker: each file of
 * a project with `isolate: false` gets the same one.
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

// Vitest ends a worker by this signal, of which a process dies without its `exit`.
process.once('SIGTERM', () => process.exit());
