import {
  UploadError,
  type UploadResult,
  type UploadTokenFunction,
  uploadOne,
} from '@auraimage/sdk/client';
import { refusalOf, type UploadRules } from './upload-rules.js';

/** One file in the queue. A change makes a new object. */
export interface UploadItem {
  readonly id: string;
  readonly file: File;
  /** Address of the picture for an `<img>`; browsers cannot show every format. */
  readonly preview: string;
  readonly status: 'queued' | 'uploading' | 'done' | 'failed' | 'cancelled';
  /** 0 to 1. */
  readonly progress: number;
  /** Of a file that is done. */
  readonly result?: UploadResult;
  /** Of a file that failed. */
  readonly error?: UploadError;
}

export interface QueueOptions extends UploadRules {
  readonly url: string;
  readonly token: UploadTokenFunction;
  readonly concurrency: number;
  readonly onUploaded?: ((result: UploadResult, file: File) => void) | undefined;
  readonly onFailed?: ((error: UploadError, file: File) => void) | undefined;
}

/** Files on their way, for whoever shows them. */
export interface UploadQueue {
  readonly items: () => readonly UploadItem[];
  /** Calls back after each change; gives what ends that. */
  subscribe(changed: () => void): () => void;
  add(files: Iterable<File>): void;
  cancel(id: string): void;
  retry(id: string): void;
  /** Takes a file out of the queue, cancelling it where it is under way. */
  remove(id: string): void;
  /** Cancels and forgets everything. */
  clear(): void;
}

/** @param options read again for every file that begins */
export function createUploadQueue(options: () => QueueOptions): UploadQueue {
  let items: readonly UploadItem[] = [];
  let count = 0;
  const running = new Map<string, AbortController>();
  const listeners = new Set<() => void>();

  const set = (next: readonly UploadItem[]) => {
    items = next;
    for (const changed of listeners) changed();
  };
  const find = (id: string) => items.find((item) => item.id === id);
  const change = (id: string, changes: Partial<UploadItem>) =>
    set(items.map((item) => (item.id === id ? { ...item, ...changes } : item)));

  const startNext = () => {
    while (running.size < Math.max(1, options().concurrency)) {
      const next = items.find(({ status }) => status === 'queued');
      if (next === undefined) return;
      void run(next);
    }
  };

  const run = async ({ id, file }: UploadItem) => {
    const { url, token, onUploaded, onFailed } = options();
    const controller = new AbortController();
    running.set(id, controller);
    change(id, { status: 'uploading', progress: 0 });
    const { signal } = controller;
    const onProgress = ({ fraction }: { readonly fraction: number }) =>
      change(id, { progress: fraction });
    const outcome = await uploadOne(file, { url, token, signal, onProgress }).catch(
      (error: UploadError) => error,
    );
    // A retry may have taken its place already.
    if (running.get(id) === controller) running.delete(id);
    const isDone = !(outcome instanceof UploadError);
    if (isDone) change(id, { status: 'done', progress: 1, result: outcome });
    else if (outcome.kind !== 'aborted') change(id, { status: 'failed', error: outcome });
    startNext();
    if (isDone) onUploaded?.(outcome, file);
    else if (outcome.kind !== 'aborted') onFailed?.(outcome, file);
  };

  const stop = (id: string) => {
    running.get(id)?.abort();
    running.delete(id);
  };

  const forget = (gone: readonly UploadItem[]) => {
    for (const { id, preview } of gone) {
      stop(id);
      URL.revokeObjectURL(preview);
    }
    set(items.filter((item) => !gone.includes(item)));
  };

  return {
    items: () => items,
    subscribe(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    add(files) {
      const rules = options();
      const added = Array.from(files, (file): UploadItem => {
        const id = `${++count}`;
        const preview = URL.createObjectURL(file);
        const error = refusalOf(file, rules);
        const begin = { id, file, preview, progress: 0 };
        return error ? { ...begin, status: 'failed', error } : { ...begin, status: 'queued' };
      });
      set([...items, ...added]);
      startNext();
      for (const { error, file } of added) if (error) rules.onFailed?.(error, file);
    },
    cancel(id) {
      const status = find(id)?.status;
      if (status !== 'queued' && status !== 'uploading') return;
      stop(id);
      change(id, { status: 'cancelled', progress: 0 });
      startNext();
    },
    retry(id) {
      const item = find(id);
      if (item === undefined || !canRetry(item)) return;
      const { error: _error, ...rest } = item;
      set(items.map((each) => (each === item ? { ...rest, status: 'queued', progress: 0 } : each)));
      startNext();
    },
    remove(id) {
      forget(items.filter((item) => item.id === id));
      startNext();
    },
    clear: () => forget(items),
  };
}

/** Whether another try may end otherwise: a file that was refused would be refused again. */
export function canRetry({ status, error }: UploadItem): boolean {
  return (
    status === 'cancelled' ||
    (status === 'failed' && (error?.kind === 'token' || error?.transient === true))
  );
}
