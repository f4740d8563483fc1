import { ApiError } from '@auraimage/client';
import { MutationObserver, onlineManager } from '@tanstack/react-query';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createQueryClient } from './query-client.js';

const apiError = (status: number, code: string) => new ApiError({ status, code, message: code });

/** Runs a query that always fails; resolves with its number of requests. */
async function requestsFor(error: Error, onSignedOut = () => {}) {
  const client = createQueryClient(onSignedOut);
  const queryFn = vi.fn(() => Promise.reject(error));
  await client.fetchQuery({ queryKey: ['x'], queryFn, ...retryAtOnce(client) }).catch(() => {});
  return queryFn.mock.calls.length;
}

/** The retry options of the pages' queries, without the delays. */
function retryAtOnce(client: ReturnType<typeof createQueryClient>) {
  const { retry } = client.getDefaultOptions().queries ?? {};
  return { ...(retry === undefined ? {} : { retry }), retryDelay: 0 };
}

describe('the query client', () => {
  afterEach(() => onlineManager.setOnline(true));

  it('sends requests while the browser reports that it is offline', async () => {
    onlineManager.setOnline(false);
    expect(await requestsFor(apiError(404, 'project_not_found'))).toBe(1);
  });

  it('retries after server errors and network errors', async () => {
    expect(await requestsFor(apiError(500, 'internal'))).toBe(3);
    expect(await requestsFor(apiError(0, 'network'))).toBe(3);
  });

  it('does not retry a refused request', async () => {
    expect(await requestsFor(apiError(404, 'project_not_found'))).toBe(1);
    expect(await requestsFor(apiError(429, 'too_many_attempts'))).toBe(1);
    expect(await requestsFor(new TypeError('a bug in a page'))).toBe(1);
  });

  it('drops a password soon after its form has closed', async () => {
    vi.useFakeTimers();
    const client = createQueryClient(() => {});
    const mutationFn = (_form: { password: string }) => Promise.resolve({ secret: 'sk_live_x' });
    const form = new MutationObserver(client, { mutationFn });
    const leave = form.subscribe(() => {});
    await form.mutate({ password: 'violet ladder' });
    leave();
    await vi.advanceTimersByTimeAsync(2000);
    expect(client.getMutationCache().getAll()).toEqual([]);
    vi.useRealTimers();
  });

  it('reports the end of the session, and no other error', async () => {
    const onSignedOut = vi.fn();
    await requestsFor(apiError(401, 'sign_in_failed'), onSignedOut);
    await requestsFor(apiError(403, 'admin_required'), onSignedOut);
    expect(onSignedOut).not.toHaveBeenCalled();
    await requestsFor(apiError(401, 'credential_invalid'), onSignedOut);
    expect(onSignedOut).toHaveBeenCalledOnce();
  });
});
