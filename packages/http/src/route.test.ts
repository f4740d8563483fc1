import { expect, it, onTestFinished, vi } from 'vitest';
import { ApiError } from './api-error.js';
import { type Access, defineRoute } from './route.js';
import { createRouter } from './router.js';
import { z } from './schemas.js';
import { testContext } from './testing/context.js';

it.each([
  { bodyTakesMs: 1000, second: null, checks: 1, status: 204, handled: ['owner'] },
  { bodyTakesMs: 1001, second: null, checks: 2, status: 403, handled: [] },
  { bodyTakesMs: 1001, second: 'editor', checks: 2, status: 204, handled: ['editor'] },
])(
  'a request with a body of $bodyTakesMs ms passes $checks access checks, the second one as $second',
  async ({ bodyTakesMs, second, checks, status, handled }) => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const check = vi.fn<Access<string>['check']>().mockResolvedValueOnce('owner');
    // Removed, or given another role, while the body was on its way.
    if (second === null) check.mockRejectedValue(new ApiError('role_forbidden'));
    else check.mockResolvedValue(second);
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
    const response = await router.fetch(request, testContext());
    expect([response.status, check.mock.calls.length]).toEqual([status, checks]);
    expect(handler.mock.calls.map(([{ access }]) => access)).toEqual(handled);
  },
);
