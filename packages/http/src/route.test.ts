import { expect, it, onTestFinished, vi } from 'vitest';
import { ApiError } from './api-error.js';
import { type Access, defineRoute } from './route.js';
import { createRouter } from './router.js';
import { z } from './schemas.js';

it.each([
  { bodyTakesMs: 1000, checks: 1, status: 204 },
  { bodyTakesMs: 1001, checks: 2, status: 403 },
])(
  'a request with a body of $bodyTakesMs ms passes $checks access checks',
  async ({ bodyTakesMs, checks, status }) => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const check = vi.fn<Access<null>['check']>().mockResolvedValueOnce(null);
    // Removed while the body was on its way.
    check.mockRejectedValue(new ApiError('role_forbidden'));
    const handler = vi.fn();
    const router = createRouter([
      defineRoute({
        method: 'POST',
        path: '/v1/projects/{project}/invitations',
        hosts: ['app'],
        access: { security: [], errors: ['role_forbidden'], check },
        body: z.object({}),
        success: { status: 204, description: 'Invited' },
        handler,
      }),
    ]);
    const body = new ReadableStream(
      {
        pull(controller) {
          expect(check).toHaveBeenCalledOnce();
          vi.advanceTimersByTime(bodyTakesMs);
          controller.enqueue(new TextEncoder().encode('{}'));
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    const headers = { 'Content-Type': 'application/json' };
    const request = new Request('http://localhost/v1/projects/p/invitations', { ...init, headers });
    const response = await router.fetch(request, {
      requestId: 'id',
      client: '::1',
      host: null,
      isOperator: () => false,
      isDisconnected: async () => false,
      facts: {},
    });
    expect([response.status, check.mock.calls.length]).toEqual([status, checks]);
    expect(handler).toHaveBeenCalledTimes(2 - checks);
  },
);
