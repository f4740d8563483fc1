import type { ClaimedDelivery, WebhookResult } from '@auraimage/ports';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { claimed, createMemoryDeliveries, OK, SECRET } from '../testing/memory-deliveries.js';
import { createDeliveryJob, type DeliveryReport } from './delivery-job.js';
import { makeWebhookSecret } from './message.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const PREVIOUS = makeWebhookSecret();

const TIMEOUT: WebhookResult = { ok: false, problem: 'timeout', milliseconds: 15_000 };
const responds = (status: number, retryAfter: string | null = null): WebhookResult => ({
  ...OK,
  status,
  retryAfter,
});

/** A running job, whose queue has what a test adds. */
function startJob(
  respond: Parameters<typeof createMemoryDeliveries>[0],
  due: ClaimedDelivery[] = [],
  once?: 'once',
) {
  const memory = createMemoryDeliveries(respond, due);
  const reports: DeliveryReport[] = [];
  const failures: unknown[] = [];
  const stopping = new AbortController();
  const ended = createDeliveryJob(
    { ...memory, clock: { now: Date.now } },
    {
      publicUrl: 'https://cdn.example',
      onDelivery: (report) => reports.push(report),
      onFailure: (failure) => failures.push(failure),
    },
  )(stopping.signal, once);
  return { ...memory, reports, failures, ended, stop: () => stopping.abort() };
}

type Job = ReturnType<typeof startJob>;
let job: Job;
const start = (respond: Parameters<typeof startJob>[0] = () => OK) => {
  job = startJob(respond);
  return job;
};

beforeEach(() => {
  vi.useFakeTimers({ now: 1_900_000_100_000 });
});
afterEach(async () => {
  job.stop();
  await vi.runAllTimersAsync();
  await job.ended;
  vi.useRealTimers();
});

/** The outcome of a delivery that gets a response. */
async function outcomeOf(result: WebhookResult, changes: Partial<ClaimedDelivery> = {}) {
  start(() => result);
  job.add(claimed(changes));
  await vi.advanceTimersByTimeAsync(0);
  return job.settled[0]?.outcome;
}

describe('the delivery job', () => {
  it('ends when nothing is due, if it runs once', async () => {
    const slow = () => new Promise<WebhookResult>((resolve) => setTimeout(resolve, 1000, OK));
    job = startJob(slow, [claimed(), claimed()], 'once');
    let ended = false;
    void job.ended.then(() => {
      ended = true;
    });
    await vi.advanceTimersByTimeAsync(999);
    expect(ended).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect([ended, job.settled.length]).toEqual([true, 2]);
  });

  it('sends what a consumer verifies with the library of the specification', async () => {
    start();
    const delivery = claimed({ secrets: [SECRET, PREVIOUS] });
    job.add(delivery);
    await vi.advanceTimersByTimeAsync(0);
    const [request] = job.sent;
    if (request === undefined) throw new Error('nothing was sent');
    const { url, body, timeoutMs } = request;
    const headers: Record<string, string> = { ...request.headers };
    expect({ url, timeoutMs }).toEqual({ url: 'https://consumer.example/hook', timeoutMs: 15_000 });
    expect(headers['content-type']).toBe('application/json');
    expect(headers['webhook-timestamp']).toBe('1900000100');
    expect(headers['webhook-id']).toMatch(/^evt_/);
    for (const secret of [SECRET, PREVIOUS]) {
      expect(new Webhook(secret).verify(body, headers)).toEqual({
        type: 'image.uploaded',
        timestamp: '2030-03-17T17:46:40.000Z',
        data: {
          id: headers['webhook-id'],
          sequence: delivery.event.sequence,
          project: 'my-app',
          key: 'users/42/avatar',
          url: 'https://cdn.example/my-app/users/42/avatar',
        },
      });
    }
    expect(() => new Webhook(makeWebhookSecret()).verify(body, headers)).toThrow();
    expect(() => new Webhook(SECRET).verify(`${body} `, headers)).toThrow();
    expect(job.settled).toEqual([
      {
        id: job.reports[0]?.deliveryId,
        attempt: {
          at: 1_900_000_100_000,
          milliseconds: 5,
          status: 200,
          problem: null,
          answer: 'thanks',
        },
        outcome: { kind: 'delivered' },
      },
    ]);
    expect(job.reports).toMatchObject([{ outcome: 'delivered', project: 'my-app', attempts: 1 }]);
    expect(JSON.stringify(job.reports)).not.toMatch(/whsec|consumer\.example/);
  });

  it.each([
    [0, 5 * SECOND],
    [1, 30 * SECOND],
    [2, 2 * MINUTE],
    [3, 10 * MINUTE],
    [4, 30 * MINUTE],
    [5, HOUR],
    [6, 2 * HOUR],
    [7, 4 * HOUR],
    [30, 4 * HOUR],
  ])('tries again after %i earlier attempts in about %i ms', async (attempts, pauseMs) => {
    const outcome = await outcomeOf(TIMEOUT, { attempts });
    if (outcome?.kind !== 'retry') throw new Error(outcome?.kind);
    expect(outcome.afterMs).toBeGreaterThanOrEqual(pauseMs * 0.8);
    expect(outcome.afterMs).toBeLessThanOrEqual(pauseMs * 1.2);
    expect(job.settled[0]?.attempt).toMatchObject({ status: null, problem: 'timeout' });
  });

  it.each([301, 302, 400, 401, 404, 429, 500, 503])('tries again after a %i', async (status) => {
    expect(await outcomeOf(responds(status))).toMatchObject({ kind: 'retry' });
  });

  it.each([200, 201, 204, 299])('is content with a %i', async (status) => {
    expect(await outcomeOf(responds(status))).toEqual({ kind: 'delivered' });
  });

  it('gives up after a day, and at once for a 410', async () => {
    const late = { attempts: 12, ageMs: 21 * HOUR };
    expect(await outcomeOf(responds(500), late)).toEqual({ kind: 'failed' });
    job.stop();
    expect(await outcomeOf(responds(410))).toEqual({ kind: 'gone' });
  });

  it.each([
    ['60', MINUTE],
    [new Date(1_900_000_100_000 + HOUR).toUTCString(), HOUR],
    ['999999999', 4 * HOUR],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 6 * SECOND],
    ['soon', 6 * SECOND],
    ['-5', 6 * SECOND],
  ])(
    'waits as long as a consumer asks, up to four hours: Retry-After %s',
    async (value, mostMs) => {
      const outcome = await outcomeOf(responds(429, value));
      if (outcome?.kind !== 'retry') throw new Error(outcome?.kind);
      expect(outcome.afterMs).toBeLessThanOrEqual(mostMs);
      expect(outcome.afterMs).toBeGreaterThanOrEqual(mostMs === 6 * SECOND ? 4 * SECOND : mostMs);
    },
  );

  it('sends at once what this process wrote, and what is due elsewhere within two seconds', async () => {
    start();
    await vi.advanceTimersByTimeAsync(0);
    const before = job.state.claims;
    job.add(claimed());
    await vi.advanceTimersByTimeAsync(0);
    expect(job.sent).toHaveLength(1);
    expect(job.state.claims).toBeGreaterThan(before);
    await vi.advanceTimersByTimeAsync(100);
    const idle = job.state.claims;
    job.state.nextDueMs = 700;
    await vi.advanceTimersByTimeAsync(2000);
    expect(job.state.claims).toBe(idle + 1);
    await vi.advanceTimersByTimeAsync(700);
    expect(job.state.claims).toBe(idle + 2);
  });

  it('has 32 requests in flight at most, and goes on with each that ends', async () => {
    const waiting: (() => void)[] = [];
    start(() => new Promise((resolve) => waiting.push(() => resolve(OK))));
    job.add(...Array.from({ length: 50 }, () => claimed()));
    await vi.advanceTimersByTimeAsync(0);
    expect(job.sent).toHaveLength(32);
    waiting.shift()?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(job.sent).toHaveLength(33);
    while (waiting.length > 0) {
      waiting.shift()?.();
      await vi.advanceTimersByTimeAsync(0);
    }
    expect(job.settled).toHaveLength(50);
  });

  it('goes on after failures of the database, with pauses that grow', async () => {
    start();
    job.state.failing = true;
    await vi.advanceTimersByTimeAsync(2000);
    const failed = job.failures.length;
    expect(failed).toBeGreaterThan(0);
    await vi.advanceTimersByTimeAsync(HOUR);
    expect(job.failures.length).toBeLessThan(failed + 70);
    job.state.failing = false;
    job.add(claimed());
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(job.settled).toHaveLength(1);
  });

  it('says why deliveries are left for later, and makes the others', async () => {
    start();
    const failure = new Error('cannot be decrypted');
    job.state.unclaimable.push(failure);
    job.add(claimed());
    await vi.advanceTimersByTimeAsync(0);
    expect(job.failures).toEqual([failure]);
    expect(job.settled).toHaveLength(1);
  });

  it('says when another process has got the delivery meanwhile', async () => {
    start();
    job.state.mine = false;
    job.add(claimed());
    await vi.advanceTimersByTimeAsync(0);
    expect(job.reports).toMatchObject([{ outcome: 'lost' }]);
  });

  it('waits for requests in flight when it ends, and hands back what takes longer', async () => {
    start(
      ({ url, signal }) =>
        new Promise((resolve, reject) => {
          if (url.includes('slow')) signal?.addEventListener('abort', () => reject(signal.reason));
          else setTimeout(() => resolve(OK), 3000);
        }),
    );
    const quick = claimed();
    const slow = claimed({ url: 'https://slow.example/' });
    job.add(quick, slow);
    await vi.advanceTimersByTimeAsync(0);
    job.stop();
    job.add(claimed());
    await vi.advanceTimersByTimeAsync(3000);
    expect(job.settled.map(({ id }) => id)).toEqual([quick.id]);
    expect(job.released).toEqual([]);
    await vi.advanceTimersByTimeAsync(2000);
    await job.ended;
    expect(job.released).toEqual([slow.id]);
    expect(job.sent).toHaveLength(2);
    expect(job.failures).toEqual([]);
  });

  it('does not hand back at once what the program failed to send', async () => {
    const fault = new TypeError('a fault of the program');
    start(() => Promise.reject(fault));
    job.add(claimed());
    await vi.advanceTimersByTimeAsync(60_000);
    expect(job.failures).toEqual([fault]);
    expect([job.released, job.settled]).toEqual([[], []]);
  });
});
