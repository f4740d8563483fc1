import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createUploadQueue, type QueueOptions, refusalOf } from './upload-queue.js';

/** Backoff before the fourth attempt, at most. */
const LONGEST_BACKOFF_MS = 2000;

const file = (name: string, type = 'image/png') => new File(['bytes'], name, { type });

/** A CDN whose answers are given by hand, in the order of the requests. */
function startCdn() {
  const waiting: { name: string; answer: (response: Response) => void }[] = [];
  vi.stubGlobal('fetch', (_url: string, init: RequestInit) => {
    return new Promise<Response>((answer, reject) => {
      const { name } = (init.body as FormData).get('file') as File;
      waiting.push({ name, answer });
      init.signal?.addEventListener('abort', () => reject(init.signal?.reason));
    });
  });
  return {
    names: () => waiting.map(({ name }) => name),
    async answer(status = 201) {
      const { name, answer } = waiting.shift() ?? { name: '', answer: () => {} };
      answer(Response.json({ key: name, url: `https://cdn.example/${name}` }, { status }));
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

function startQueue(options: Partial<QueueOptions> = {}) {
  const url = 'https://cdn.example';
  const queue = createUploadQueue(() => {
    return { url, token: () => 'a.token', accept: 'image/*', concurrency: 2, ...options };
  });
  const states = () => queue.items().map(({ file, status }) => `${file.name} ${status}`);
  const idOf = (name: string) => queue.items().find((item) => item.file.name === name)?.id ?? '';
  const add = async (...files: readonly File[]) => {
    queue.add(files);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { queue, states, idOf, add };
}

let cdn: ReturnType<typeof startCdn>;
beforeEach(() => {
  vi.useFakeTimers();
  cdn = startCdn();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('the queue', () => {
  it('sends a limited number of files at a time, in order', async () => {
    const uploaded = vi.fn();
    const { states, add, queue } = startQueue({ onUploaded: uploaded });
    await add(file('a'), file('b'), file('c'));
    expect(states()).toEqual(['a uploading', 'b uploading', 'c queued']);
    expect(cdn.names()).toEqual(['a', 'b']);
    await cdn.answer();
    expect(states()).toEqual(['a done', 'b uploading', 'c uploading']);
    expect(queue.items()[0]).toMatchObject({ progress: 1, result: { key: 'a' } });
    expect(uploaded.mock.calls).toEqual([
      [expect.objectContaining({ key: 'a' }), expect.any(File)],
    ]);
  });

  it('does not send files that would be refused', async () => {
    const failed = vi.fn();
    const { states, add, queue, idOf } = startQueue({ onFailed: failed });
    await add(file('a', 'text/plain'), file('b'));
    expect(states()).toEqual(['a failed', 'b uploading']);
    expect(cdn.names()).toEqual(['b']);
    expect(failed).toHaveBeenCalledTimes(1);
    queue.retry(idOf('a'));
    expect(states()).toEqual(['a failed', 'b uploading']);
  });

  it('cancels queued and running uploads, and starts them again', async () => {
    const { states, add, queue, idOf } = startQueue({ concurrency: 1 });
    await add(file('a'), file('b'), file('c'));
    queue.cancel(idOf('b'));
    queue.cancel(idOf('a'));
    await vi.advanceTimersByTimeAsync(0);
    expect(states()).toEqual(['a cancelled', 'b cancelled', 'c uploading']);
    queue.retry(idOf('a'));
    expect(states()).toEqual(['a queued', 'b cancelled', 'c uploading']);
  });

  it('survives a cancel and a retry in a row', async () => {
    const { states, add, queue, idOf } = startQueue({ concurrency: 1 });
    await add(file('a'));
    queue.cancel(idOf('a'));
    queue.retry(idOf('a'));
    await vi.advanceTimersByTimeAsync(0);
    expect(states()).toEqual(['a uploading']);
    await cdn.answer(); // of the aborted request
    await cdn.answer();
    expect(states()).toEqual(['a done']);
  });

  it('retries a transient failure and clears its error', async () => {
    const { states, add, queue, idOf } = startQueue();
    await add(file('a'));
    await cdn.answer(503);
    for (let attempt = 2; attempt <= 4; attempt++) {
      // Not to the next timer: a fetch of another file in this process has timers, too, which may come first.
      await vi.advanceTimersByTimeAsync(LONGEST_BACKOFF_MS);
      await cdn.answer(503);
    }
    expect(states()).toEqual(['a failed']);
    expect(queue.items()[0]?.error).toMatchObject({ kind: 'server', status: 503 });
    queue.retry(idOf('a'));
    await vi.advanceTimersByTimeAsync(0);
    expect(queue.items()[0]).not.toHaveProperty('error');
    await cdn.answer();
    expect(states()).toEqual(['a done']);
  });

  it('removes a file with its preview and its upload', async () => {
    const revoked = vi.spyOn(URL, 'revokeObjectURL');
    const { states, add, queue, idOf } = startQueue({ concurrency: 1 });
    await add(file('a'), file('b'));
    const preview = queue.items()[0]?.preview;
    queue.remove(idOf('a'));
    await vi.advanceTimersByTimeAsync(0);
    expect(states()).toEqual(['b uploading']);
    expect(revoked.mock.calls).toEqual([[preview]]);
    queue.clear();
    expect([states(), revoked.mock.calls.length]).toEqual([[], 2]);
  });

  it('notifies of each change with a new list, until unsubscribed', async () => {
    const { queue, add } = startQueue();
    const before = queue.items();
    const changed = vi.fn();
    const unsubscribe = queue.subscribe(changed);
    await add(file('a'));
    expect(changed).toHaveBeenCalled();
    expect(queue.items()).not.toBe(before);
    unsubscribe();
    changed.mockClear();
    await cdn.answer();
    expect(changed).not.toHaveBeenCalled();
  });
});

const sized = (name: string, type: string, size = 1) =>
  new File(['x'.repeat(size)], name, { type });

describe('refusalOf', () => {
  it.each([
    ['image/*', 'a.png', 'image/png', true],
    ['image/*', 'a.PNG', 'IMAGE/PNG', true],
    ['image/*', 'a.heic', '', true],
    ['image/*', 'a.jxl', '', true],
    ['image/*', 'a.txt', 'text/plain', false],
    ['image/*', 'a', '', false],
    ['image/png, image/jpeg', 'a.jpg', 'image/jpeg', true],
    ['image/png,image/jpeg', 'a.gif', 'image/gif', false],
    ['.jpg,.heic', 'a.HEIC', '', true],
    ['.jpg', 'a.png', 'image/png', false],
    ['', 'a.txt', 'text/plain', true],
  ])('accept=%j and %s of the type %j: %s', (accept, name, type, accepted) => {
    const refusal = refusalOf(sized(name, type), { accept });
    expect(refusal === null).toBe(accepted);
    if (refusal) expect([refusal.kind, refusal.code]).toEqual(['rejected', 'type_not_allowed']);
  });

  it('refuses a larger file than maxSize with the code of the server', () => {
    const rules = { accept: 'image/*', maxSize: 10 };
    expect(refusalOf(sized('a.png', 'image/png', 10), rules)).toBeNull();
    const refusal = refusalOf(sized('a.png', 'image/png', 11), rules);
    expect([refusal?.kind, refusal?.code]).toEqual(['rejected', 'body_too_large']);
    expect(refusal?.message).toContain('10');
  });
});
