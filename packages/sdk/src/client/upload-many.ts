import { pause, tell } from './pause.js';
import type { UploadOptions, UploadProgress, UploadResult } from './types.js';
import { UploadError } from './upload-error.js';
import { uploadOne } from './upload-one.js';

/** How one file of many ended. */
export type UploadOutcome =
  | { readonly ok: true; readonly result: UploadResult }
  | { readonly ok: false; readonly error: UploadError };

export interface UploadManyOptions extends UploadOptions {
  /** Files under way at once. Default 8. */
  readonly concurrency?: number;
  /** What each file is called. Default: the `name` of a File. */
  readonly filename?: (file: Blob, index: number) => string;
  /** Called while bytes of a file are sent. */
  readonly onItemProgress?: (progress: UploadProgress, index: number, file: Blob) => void;
  /** Called once for each file, when it is in one of the two maps for good. */
  readonly onItemSettled?: (outcome: UploadOutcome, index: number, file: Blob) => void;
}

/** Every file is in exactly one of the maps, under its position in the list. */
export interface UploadManyResult {
  readonly results: ReadonlyMap<number, UploadResult>;
  readonly errors: ReadonlyMap<number, UploadError>;
}

/** Files at once in the last pass: whatever made them fail may be load. */
const LAST_PASS_CONCURRENCY = 2;

/**
 * Uploads many files, some at a time, and never rejects. What failed for a reason that passes (see
 * `UploadError.transient`) is tried again at the end, when everything else is done, two at a time.
 * Aborting the signal ends what is under way and puts every file that is left into `errors`.
 *
 * @returns two maps; their keys are positions in `files`, so that a file may be in the list twice
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
  const again: {
    readonly index: number;
    readonly file: Blob;
    readonly due: number;
    readonly error: UploadError;
  }[] = [];

  const settle = (outcome: UploadOutcome, index: number, file: Blob) => {
    if (outcome.ok) results.set(index, outcome.result);
    else errors.set(index, outcome.error);
    tell(onItemSettled, outcome, index, file);
  };

  await drain([...files].entries(), concurrency, async ([index, file]) => {
    const outcome = await uploadItem(file, index, options);
    if (outcome.ok || !outcome.error.transient) return settle(outcome, index, file);
    const { error } = outcome;
    again.push({ index, file, error, due: Date.now() + (error.retryAfterSeconds ?? 0) * 1000 });
  });

  await drain(
    again.values(),
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

/** Works through the items with so many workers; an item's work must not fail. */
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
