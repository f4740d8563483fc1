import { interruptedError } from '../errors.js';
import type { FoundFile } from './files.js';
import type { FileOutcome } from './send.js';

export interface UploadRun {
  readonly files: readonly FoundFile[];
  readonly concurrency: number;
  readonly send: (file: FoundFile) => Promise<FileOutcome>;
  readonly report: (outcome: FileOutcome) => void;
  readonly signal: AbortSignal;
}

/**
 * Works on several files at once and reports each as it is done. What is thrown for one file, or
 * Ctrl-C, ends the run: those under way are waited for, for a file whose answer nobody waits for may
 * be stored all the same, and would be sent twice; the others are not begun.
 */
export async function runUploads(run: UploadRun): Promise<void> {
  const { files, concurrency, send, report, signal } = run;
  const waiting = [...files];
  let stopped: { readonly error: unknown } | undefined;
  const stop = (error: unknown) => {
    stopped ??= { error };
    waiting.length = 0;
  };
  const interrupt = () => stop(interruptedError());
  signal.addEventListener('abort', interrupt, { once: true });
  if (signal.aborted) interrupt();
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        report(await send(next));
      } catch (error) {
        stop(error);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  signal.removeEventListener('abort', interrupt);
  if (stopped !== undefined) throw stopped.error;
}
