/** Concurrent requests. */
const CONCURRENCY = 6;

export interface ManyOutcome {
  readonly done: readonly string[];
  readonly failed: ReadonlyMap<string, unknown>;
}

/** Runs the same request for many images with limited concurrency. A failure does not stop the others. */
export async function runMany(
  keys: Iterable<string>,
  work: (key: string) => Promise<unknown>,
  {
    onProgress,
    concurrency = CONCURRENCY,
  }: { readonly onProgress?: (finished: number) => void; readonly concurrency?: number } = {},
): Promise<ManyOutcome> {
  const done: string[] = [];
  const failed = new Map<string, unknown>();
  const waiting = [...keys].values();
  const worker = async () => {
    for (const key of waiting) {
      try {
        await work(key);
        done.push(key);
      } catch (error) {
        failed.set(key, error);
      }
      onProgress?.(done.length + failed.size);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { done, failed };
}
