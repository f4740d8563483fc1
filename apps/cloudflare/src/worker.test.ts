import { afterEach, describe, expect, it, vi } from 'vitest';
import type { App } from './app.js';
import type { Bindings } from './bindings.js';
import worker from './worker.js';

// The rest of the Worker runs in workerd only.
const createApp = vi.hoisted(() => vi.fn<() => Promise<App>>());
vi.mock('./app.js', () => ({ createApp }));
vi.mock('./keep-alive.js', () => ({ keepAlive: () => {} }));
vi.mock('@auraimage/limits/durable-object', () => ({ LimitsObject: class {} }));

const variables = { AURA_PUBLIC_URL: 'https://img.example', AURA_MASTER_KEY: 'ab'.repeat(32) };
const env = variables as unknown as Bindings;
const send = () => worker.fetch(new Request('https://img.example/'), env);

describe('the entry of the Worker', () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    createApp.mockReset();
  });

  it('answers a request whose host is none', async () => {
    const { status, headers } = await worker.fetch(
      { url: 'https://app.example:84430/' } as Request,
      env,
    );
    expect([status, headers.get('x-aura-error')]).toEqual([400, 'request_malformed']);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-request-id')).toMatch(/./);
  });

  it('does not wait for a start whose request has ended', async () => {
    vi.useFakeTimers();
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    createApp.mockReturnValueOnce(new Promise(() => {}));
    const [owner, follower] = [send(), send()];
    await vi.advanceTimersByTimeAsync(20_000);
    for (const { status, headers } of [await owner, await follower])
      expect([status, headers.get('retry-after')]).toEqual([503, '5']);
    expect(logged).toHaveBeenCalledTimes(2);

    createApp.mockRejectedValueOnce(new Error('still broken'));
    expect((await send()).status).toBe(503);
    expect(createApp).toHaveBeenCalledTimes(2);
  });

  it('says that it cannot start, tries again, and takes an error of one request for no more', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    createApp.mockRejectedValueOnce(new Error('the database does not answer'));
    const refused = await send();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    expect(refused.headers.get('x-aura-error')).toBe('storage_unavailable');
    expect(refused.headers.get('cache-control')).toBe('no-store');
    expect(await refused.text()).not.toContain('database');
    expect(logged.mock.calls).toEqual([[expect.stringMatching(/cannot start.*does not answer/)]]);

    const fetched = vi.fn<App['fetch']>(async () => new Response('served'));
    createApp.mockResolvedValue({ fetch: fetched, runJobs: async () => {} });
    expect(await (await send()).text()).toBe('served');

    fetched.mockRejectedValueOnce(new Error('of this request'));
    await expect(send()).rejects.toThrow('of this request');
    expect(await (await send()).text()).toBe('served');
    expect(createApp).toHaveBeenCalledTimes(2);
    expect(logged).toHaveBeenCalledTimes(1);
  });
});
