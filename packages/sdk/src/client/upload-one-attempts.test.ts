import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UploadError, type UploadOneOptions, type UploadProgress, uploadOne } from './index.js';

const RESULT = {
  key: 'abc123xyz0-photo.jpg',
  url: 'https://cdn.example/my-app/abc123xyz0-photo.jpg',
};
const file = new File(['bytes'], 'photo.jpg');
const base = { url: 'https://cdn.example', token: 'a.token' };

type Reply = () => Response | Promise<Response>;

/** A CDN that gives one answer after the other; the last one for ever. */
function answering(...replies: readonly Reply[]) {
  const waiting = [...replies];
  const last = replies.at(-1);
  const answer = vi.fn<typeof fetch>(async () => {
    const reply = waiting.shift() ?? last;
    if (reply === undefined) throw new Error('no reply');
    return reply();
  });
  vi.stubGlobal('fetch', answer);
  return answer;
}

const stored: Reply = () => Response.json(RESULT, { status: 201 });
const broken: Reply = () => Promise.reject(new TypeError('fetch failed'));
function refused(status: number, headers: Record<string, string> = {}): Reply {
  return () => Response.json({ message: `refused with ${status}` }, { status, headers });
}

/** What an upload that must fail fails with. */
function failure(options: Partial<UploadOneOptions> = {}): Promise<UploadError> {
  return uploadOne(file, { ...base, ...options }).then(
    () => {
      throw new Error('the upload succeeded');
    },
    (error: unknown) => {
      expect(error).toBeInstanceOf(UploadError);
      return error as UploadError;
    },
  );
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(1);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('backoff', () => {
  it('doubles, up to maxDelayMs', async () => {
    const sent = answering(refused(503));
    const failing = failure({ maxAttempts: 5, baseDelayMs: 100, maxDelayMs: 300 });
    for (const [ms, calls] of [
      [99, 1],
      [1, 2],
      [199, 2],
      [1, 3],
      [299, 3],
      [1, 4],
      [299, 4],
      [1, 5],
    ] as const) {
      await vi.advanceTimersByTimeAsync(ms);
      expect(sent).toHaveBeenCalledTimes(calls);
    }
    await failing;
  });

  it('has jitter over its second half', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const sent = answering(broken, stored);
    const uploading = uploadOne(file, { ...base, baseDelayMs: 100 });
    await vi.advanceTimersByTimeAsync(49);
    expect(sent).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await uploading).toEqual(RESULT);
  });

  it.each([
    ['seconds', () => '7'],
    ['a date', () => new Date(Date.now() + 7000).toUTCString()],
  ])('is never shorter than Retry-After in %s', async (_, value) => {
    vi.setSystemTime('2030-01-01T00:00:00Z');
    const sent = answering(() => refused(429, { 'Retry-After': value() })() as Response, stored);
    const uploading = uploadOne(file, base);
    await vi.advanceTimersByTimeAsync(7000);
    expect(sent).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(500);
    expect(await uploading).toEqual(RESULT);
  });

  it('is skipped if Retry-After is longer than maxDelayMs', async () => {
    const sent = answering(refused(429, { 'Retry-After': '61' }));
    expect(await failure()).toMatchObject({ kind: 'rate_limited', retryAfterSeconds: 61 });
    expect(sent).toHaveBeenCalledTimes(1);
  });

  it.each(['', 'soon', '-5'])('ignores Retry-After: %j', async (value) => {
    answering(refused(503, { 'Retry-After': value }));
    const { retryAfterSeconds } = await failure({ maxAttempts: 1 });
    expect(retryAfterSeconds ?? 0).toBe(0);
  });

  it('aborts an attempt that takes too long, and starts another', async () => {
    const sent = answering(() => new Promise<Response>(() => {}));
    sent.mockImplementationOnce((_url, init) => {
      return new Promise((_, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      });
    });
    sent.mockImplementationOnce(async () => Response.json(RESULT, { status: 201 }));
    const uploading = uploadOne(file, { ...base, attemptTimeoutMs: 1000 });
    await vi.advanceTimersByTimeAsync(1500);
    expect(await uploading).toEqual(RESULT);
  });
});

describe('the token', () => {
  it('is requested for each attempt', async () => {
    const sent = answering(refused(503), stored);
    const token = vi.fn(async (blob: Blob, { attempt }: { attempt: number }) => {
      expect(blob).toBe(file);
      return `token-${attempt}`;
    });
    const uploading = uploadOne(file, { ...base, token });
    await vi.runAllTimersAsync();
    await uploading;
    const tokens = sent.mock.calls.map(([, init]) => init?.headers);
    expect(tokens).toEqual([{ 'X-Aura-Signature': 'token-1' }, { 'X-Aura-Signature': 'token-2' }]);
  });

  it('ends the upload if it cannot be obtained', async () => {
    const sent = answering(stored);
    const cause = new Error('signed out');
    const token = () => Promise.reject(cause);
    expect(await failure({ token })).toMatchObject({ kind: 'token', transient: false, cause });
    expect(sent).not.toHaveBeenCalled();
  });

  it('may fail with a transient error', async () => {
    answering(stored);
    const token = vi
      .fn<() => string>(() => 'a.token')
      .mockImplementationOnce(() => {
        throw new UploadError('network', 'the sign endpoint was not reached');
      });
    const uploading = uploadOne(file, { ...base, token });
    await vi.runAllTimersAsync();
    expect(await uploading).toEqual(RESULT);
    expect(token).toHaveBeenCalledTimes(2);
  });
});

describe('aborting', () => {
  it('before the start sends nothing', async () => {
    const sent = answering(stored);
    const token = vi.fn(() => 'a.token');
    const error = await failure({ token, signal: AbortSignal.abort('left') });
    expect(error).toMatchObject({ kind: 'aborted', cause: 'left', transient: false });
    expect([sent.mock.calls, token.mock.calls]).toEqual([[], []]);
  });

  it.each([
    ['while the token is fetched', { token: () => new Promise<string>(() => {}) }, stored, 0],
    ['between two attempts', {}, broken, 1],
  ] as const)('%s ends at once', async (_, options, reply, calls) => {
    const sent = answering(reply);
    const leaving = new AbortController();
    const failing = failure({ ...options, signal: leaving.signal });
    await vi.advanceTimersByTimeAsync(10);
    leaving.abort();
    expect((await failing).kind).toBe('aborted');
    expect(sent).toHaveBeenCalledTimes(calls);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('aborting with XMLHttpRequest', () => {
  it('before the first byte sends nothing', async () => {
    const send = vi.fn();
    class Request {
      upload = {};
      onloadend = () => {};
      status = 0;
      open() {}
      setRequestHeader() {}
      send() {
        send();
        setTimeout(() => this.onloadend());
      }
      abort() {}
    }
    vi.stubGlobal('XMLHttpRequest', Request);
    const leaving = new AbortController();
    const failing = failure({ signal: leaving.signal, onProgress: () => leaving.abort() });
    await vi.runAllTimersAsync();
    expect((await failing).kind).toBe('aborted');
    expect(send).not.toHaveBeenCalled();
  });
});

describe('progress', () => {
  it('is reported at start and end of each attempt with fetch', async () => {
    answering(refused(503), stored);
    const reported: UploadProgress[] = [];
    const uploading = uploadOne(file, {
      ...base,
      onProgress: (progress) => reported.push(progress),
    });
    await vi.runAllTimersAsync();
    await uploading;
    expect(reported).toEqual([
      { loaded: 0, total: 5, fraction: 0, attempt: 1 },
      { loaded: 0, total: 5, fraction: 0, attempt: 2 },
      { loaded: 5, total: 5, fraction: 1, attempt: 2 },
    ]);
  });

  it('may be reported to a function that throws: the upload continues', async () => {
    answering(stored);
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {});
    const onProgress = () => {
      throw new Error('in the page');
    };
    expect(await uploadOne(file, { ...base, onProgress })).toEqual(RESULT);
    expect(reported).toHaveBeenCalled();
  });
});
