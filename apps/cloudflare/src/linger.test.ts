import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lingerAfter } from './linger.js';

const kept = vi.hoisted(() => [] as Promise<unknown>[]);
vi.mock('./keep-alive.js', () => ({
  keepAlive: (work: Promise<unknown>) => kept.push(Promise.allSettled([work])),
}));

/** A form whose client sends as much as `pull` says. */
function requestOf(source: Omit<UnderlyingByteSource, 'type'>): Request {
  const body = new ReadableStream({ ...source, type: 'bytes' });
  const headers = { 'Content-Type': 'multipart/form-data; boundary=x' };
  const init: RequestInit & { readonly duplex: 'half' } = {
    method: 'POST',
    headers,
    body,
    duplex: 'half',
  };
  return new Request('https://img.example/v1/upload', init);
}

const refusal = () => new Response('{"message":"no"}', { status: 401 });

describe('lingerAfter', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    vi.stubGlobal(
      'FixedLengthStream',
      class extends TransformStream {
        constructor(_length: number) {
          super();
        }
      },
    );
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
    vi.unstubAllGlobals();
    kept.length = 0;
  });

  it('ends the response when the body has ended', async () => {
    const request = requestOf({
      pull: (controller) => {
        controller.close();
        (controller as ReadableByteStreamController).byobRequest?.respond(0);
      },
    });
    const response = await lingerAfter(request, refusal(), 1000);
    expect([response.status, await response.text()]).toEqual([401, '{"message":"no"}']);
  });

  it('stops reading after five seconds, and lets go of the body', async () => {
    const cancel = vi.fn();
    const response = await lingerAfter(requestOf({ cancel }), refusal(), 1000);
    const text = response.text();
    await vi.advanceTimersByTimeAsync(5000);
    expect(await text).toBe('{"message":"no"}');
    expect(cancel).toHaveBeenCalledOnce();
  });

  it('leaves no timer, and no rejection, where the client disconnects', async () => {
    const rejected = vi.fn();
    // Other tests of this process may have timers, so only the one of five seconds counts.
    const set = vi.spyOn(globalThis, 'setTimeout');
    const cleared = vi.spyOn(globalThis, 'clearTimeout');
    process.once('unhandledRejection', rejected);
    let disconnect: (reason: unknown) => void = () => {};
    const request = requestOf({
      start: (controller) => {
        disconnect = (reason) => controller.error(reason);
      },
    });
    const response = await lingerAfter(request, refusal(), 1000);
    await response.body?.cancel();
    // An unhandled rejection is reported after the microtasks.
    await new Promise(setImmediate);
    disconnect(new Error('disconnected'));
    await Promise.all(kept);
    await new Promise(setImmediate);
    process.off('unhandledRejection', rejected);
    expect(rejected).not.toHaveBeenCalled();
    const timer = set.mock.results[set.mock.calls.findIndex(([, ms]) => ms === 5000)];
    expect(timer?.type).toBe('return');
    expect(cleared).toHaveBeenCalledWith(timer?.value);
  });
});
