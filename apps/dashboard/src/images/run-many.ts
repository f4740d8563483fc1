/** Requests under way at once. */
const AT_ONCE = 6;

export interface ManyOutcome {
  readonly done: readonly string[];
  readonly failed: ReadonlyMap<string, unknown>;
}

/** Does the same to many images, some at a time; one that fails holds up no other. */
export async function runMany(
  keys: Iterable<string>,
  work: (key: string) => Promise<unknown>,
  {
    onProgress,
    atOnce = AT_ONCE,
  }: { readonly onProgress?: (finished: number) => void; readonly atOnce?: number } = {},
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
  await Promise.all(Array.from({ length: atOnce }, worker));
  return { done, failed };
}
