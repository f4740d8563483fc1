import { notify, pause } from './pause.js';
import type { UploadOptions, UploadProgress, UploadResult } from './types.js';
import { UploadError } from './upload-error.js';
import { uploadOne } from './upload-one.js';

/** Result of one file of many. */
export type UploadOutcome =
  | { readonly ok: true; readonly result: UploadResult }
  | { readonly ok: false; readonly error: UploadError };

export interface UploadManyOptions extends UploadOptions {
  /** Concurrent uploads, at most 64. Default 8. */
  readonly concurrency?: number;
  /** Returns a file's name. Default: the `name` of a File. */
  readonly filename?: (file: Blob, index: number) => string;
  /** Called while a file is being sent. */
  readonly onItemProgress?: (progress: UploadProgress, index: number, file: Blob) => void;
  /** Called once per file, when its outcome is final. */
  readonly onItemSettled?: (outcome: UploadOutcome, index: number, file: Blob) => void;
}

/** Every file is in exactly one of the maps, under its index in the list. */
export interface UploadManyResult {
  readonly results: ReadonlyMap<number, UploadResult>;
  readonly errors: ReadonlyMap<number, UploadError>;
}

/** Concurrent uploads in the last pass: load may be why these files failed. */
const LAST_PASS_CONCURRENCY = 2;

/**
 * Uploads many files concurrently and never rejects. Files that failed with a transient error (see
 * `UploadError.transient`) are retried once at the end, two at a time. Aborting the signal aborts the
 * current uploads and puts every remaining file into `errors`.
 *
 * @returns two maps; their keys are indexes in `files`, since a file may be in the list twice
 *
 * @example
 * const { results, errors } = await uploadMany(input.files, { url, token: signOne });
 * for (const [index, error] of errors) console.warn(input.files[index].name, error.kind);
 */
export async function uploadMany(
  files: Iterable<Blob>,
  options: UploadManyOptions,
): Promise<UploadManyResult> {
  const { concurrency = 8, signal, maxDelayMs = 60_000, onItemSettled } = options;
  const results = new Map<number, UploadResult>();
  const errors = new Map<number, UploadError>();
  const retries: {
    readonly index: number;
    readonly file: Blob;
    readonly due: number;
    readonly error: UploadError;
  }[] = [];

  const settle = (outcome: UploadOutcome, index: number, file: Blob) => {
    if (outcome.ok) results.set(index, outcome.result);
    else errors.set(index, outcome.error);
    notify(onItemSettled, outcome, index, file);
  };

  await drain([...files].entries(), concurrency, async ([index, file]) => {
    const outcome = await uploadItem(file, index, options);
    if (outcome.ok || !outcome.error.transient) return settle(outcome, index, file);
    const { error } = outcome;
    retries.push({ index, file, error, due: Date.now() + (error.retryAfterSeconds ?? 0) * 1000 });
  });

  await drain(
    retries.values(),
    Math.min(concurrency, LAST_PASS_CONCURRENCY),
    async ({ index, file, due, error }) => {
      const wait = due - Date.now();
      if (wait > maxDelayMs) return settle({ ok: false, error }, index, file);
      if (wait > 0) await pause(wait, signal);
      settle(await uploadItem(file, index, options), index, file);
    },
  );
  return { results, errors };
}

/** Processes the items with a number of concurrent workers; `work` must not reject. */
async function drain<T>(
  items: Iterator<T>,
  workers: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const worker = async () => {
    for (let next = items.next(); !next.done; next = items.next()) await work(next.value);
  };
  const count = workers >= 1 ? Math.floor(workers) : 1;
  await Promise.all(Array.from({ length: Math.min(count, 64) }, worker));
}

async function uploadItem(
  file: Blob,
  index: number,
  options: UploadManyOptions,
): Promise<UploadOutcome> {
  try {
    const { filename, onItemProgress, ...shared } = options;
    const result = await uploadOne(file, {
      ...shared,
      filename: filename?.(file, index),
      onProgress: onItemProgress && ((progress) => onItemProgress(progress, index, file)),
    });
    return { ok: true, result };
  } catch (cause) {
    if (cause instanceof UploadError) return { ok: false, error: cause };
    const error = new UploadError('unexpected', 'The upload could not be started', { cause });
    return { ok: false, error };
  }
}
