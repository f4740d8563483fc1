import type { FoundFile } from './files.js';
import type { FileOutcome } from './send.js';

/**
 * Works on several files at once and reports each as it is done. What is thrown for one file ends
 * the run: those under way are waited for, the others are not begun.
 */
export async function runUploads(
  files: readonly FoundFile[],
  concurrency: number,
  send: (file: FoundFile) => Promise<FileOutcome>,
  report: (outcome: FileOutcome) => void,
): Promise<void> {
  const waiting = [...files];
  let stopped: { readonly error: unknown } | undefined;
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        report(await send(next));
      } catch (error) {
        stopped ??= { error };
        waiting.length = 0;
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  if (stopped !== undefined) throw stopped.error;
}
