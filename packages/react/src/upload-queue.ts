import {
  UploadError,
  type UploadResult,
  type UploadTokenFunction,
  uploadOne,
} from '@auraimage/sdk/client';

/** One file in the queue. Immutable: each change makes a new object. */
export interface UploadItem {
  readonly id: string;
  readonly file: File;
  /** `blob:` URL for an `<img>`. Browsers cannot show every format that the server accepts. */
  readonly preview: string;
  readonly status: 'queued' | 'uploading' | 'done' | 'failed' | 'cancelled';
  /** 0 to 1. */
  readonly progress: number;
  /** Set when the status is `done`. */
  readonly result?: UploadResult;
  /** Set when the status is `failed`. */
  readonly error?: UploadError;
}

export interface UploadRules {
  /** Media types and extensions, separated by commas, as in `<input accept>`. Empty: any file. */
  readonly accept: string;
  /** In bytes. */
  readonly maxSize?: number | undefined;
}

export interface QueueOptions extends UploadRules {
  readonly url: string;
  readonly token: UploadTokenFunction;
  readonly concurrency: number;
  readonly onUploaded?: ((result: UploadResult, file: File) => void) | undefined;
  readonly onFailed?: ((error: UploadError, file: File) => void) | undefined;
}

/** A store of uploads, in the shape that `useSyncExternalStore` takes. */
export interface UploadQueue {
  readonly items: () => readonly UploadItem[];
  /** Calls back after each change. Returns a function that ends the subscription. */
  subscribe(onChange: () => void): () => void;
  add(files: Iterable<File>): void;
  cancel(id: string): void;
  retry(id: string): void;
  /** Removes a file from the queue, and aborts its upload. */
  remove(id: string): void;
  /** Aborts all uploads and empties the queue. */
  clear(): void;
}

/** @param options called for every file that is added or started */
export function createUploadQueue(options: () => QueueOptions): UploadQueue {
  let items: readonly UploadItem[] = [];
  let count = 0;
  const running = new Map<string, AbortController>();
  const listeners = new Set<() => void>();

  const set = (next: readonly UploadItem[]) => {
    items = next;
    for (const notify of listeners) notify();
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
    // After a cancel and a retry, the entry belongs to the newer attempt.
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

  const discard = (discarded: readonly UploadItem[]) => {
    for (const { id, preview } of discarded) {
      stop(id);
      URL.revokeObjectURL(preview);
    }
    set(items.filter((item) => !discarded.includes(item)));
  };

  return {
    items: () => items,
    subscribe(onChange) {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
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
      discard(items.filter((item) => item.id === id));
      startNext();
    },
    clear: () => discard(items),
  };
}

/** Whether a retry may succeed: a file that the server refused would be refused again. */
export function canRetry({ status, error }: UploadItem): boolean {
  return (
    status === 'cancelled' ||
    (status === 'failed' && (error?.kind === 'token' || error?.transient === true))
  );
}

/**
 * Checks a file before it is sent, so that the user need not wait for the server to refuse it. Errors
 * have the server's codes. The server checks again, by the file's bytes.
 *
 * @returns `null` if the file may be sent
 */
export function refusalOf(file: File, { accept, maxSize }: UploadRules): UploadError | null {
  if (!isAccepted(file, accept)) {
    const code = 'type_not_allowed';
    return new UploadError('rejected', "The file's type is not allowed", { code });
  }
  if (maxSize !== undefined && file.size > maxSize) {
    const code = 'body_too_large';
    return new UploadError('rejected', `The file is larger than ${maxSize} bytes`, { code });
  }
  return null;
}

/** Matches as a file dialog does; dropped and pasted files pass no dialog. */
function isAccepted(file: File, accept: string): boolean {
  const name = file.name.toLowerCase();
  const type = file.type.toLowerCase();
  const patterns = accept
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((pattern) => pattern !== '');
  if (patterns.length === 0) return true;
  return patterns.some((pattern) => {
    if (pattern.startsWith('.')) return name.endsWith(pattern);
    // Browsers report no type for some formats, such as HEIC and JPEG XL on most systems.
    if (type === '') return pattern === 'image/*' && /\.(?:hei[cf]|jxl|avif|tiff?)$/.test(name);
    return pattern.endsWith('/*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
  });
}
