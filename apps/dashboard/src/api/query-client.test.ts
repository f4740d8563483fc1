import { MutationObserver, onlineManager } from '@tanstack/react-query';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from './errors.js';
import { createQueryClient } from './query-client.js';

const apiError = (status: number, code: string) => new ApiError({ status, code, message: code });

/** Runs a query that always fails; resolves with how often it was asked. */
async function asked(error: Error, onSignedOut = () => {}) {
  const client = createQueryClient(onSignedOut);
  const queryFn = vi.fn(() => Promise.reject(error));
  await client.fetchQuery({ queryKey: ['x'], queryFn, ...retryAtOnce(client) }).catch(() => {});
  return queryFn.mock.calls.length;
}

/** What queries of pages do, without the pauses. */
function retryAtOnce(client: ReturnType<typeof createQueryClient>) {
  const { retry } = client.getDefaultOptions().queries ?? {};
  return { ...(retry === undefined ? {} : { retry }), retryDelay: 0 };
}

describe('the query client', () => {
  afterEach(() => onlineManager.setOnline(true));

  it('asks a server in the same house though the browser believes that it is offline', async () => {
    onlineManager.setOnline(false);
    expect(await asked(apiError(404, 'project_not_found'))).toBe(1);
  });

  it('asks again where the server has failed or was not reached', async () => {
    expect(await asked(apiError(500, 'internal'))).toBe(3);
    expect(await asked(apiError(0, 'network'))).toBe(3);
  });

  it('does not repeat what was refused', async () => {
    expect(await asked(apiError(404, 'project_not_found'))).toBe(1);
    expect(await asked(apiError(429, 'too_many_attempts'))).toBe(1);
    expect(await asked(new TypeError('a mistake of a page'))).toBe(1);
  });

  it('keeps no password once the form that sent it is gone', async () => {
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

  it('tells when nobody is signed in any more, and only then', async () => {
    const onSignedOut = vi.fn();
    await asked(apiError(401, 'sign_in_failed'), onSignedOut);
    await asked(apiError(403, 'admin_required'), onSignedOut);
    expect(onSignedOut).not.toHaveBeenCalled();
    await asked(apiError(401, 'credential_invalid'), onSignedOut);
    expect(onSignedOut).toHaveBeenCalledOnce();
  });
});
