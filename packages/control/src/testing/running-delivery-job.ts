import type {
  ClaimedDelivery,
  DeliveryAttempt,
  DeliveryOutcome,
  DeliveryQueue,
  WebhookRequest,
  WebhookResult,
} from '@auraimage/ports';
import { createDeliveryJob, type DeliveryReport } from '../webhooks/delivery-job.js';
import { makeWebhookSecret } from '../webhooks/message.js';

/** Signs the deliveries. */
export const SECRET = makeWebhookSecret();

export const OK: WebhookResult = {
  ok: true,
  status: 200,
  milliseconds: 5,
  retryAfter: null,
  bodyStart: 'thanks',
};
let number = 0;
/** A delivery that is due, each with an event of its own. */
export const claimed = (changes: Partial<ClaimedDelivery> = {}): ClaimedDelivery => ({
  id: `dlv_${++number}`,
  claim: 'claim',
  webhookId: 'wh_1',
  url: 'https://consumer.example/hook',
  secrets: [SECRET],
  event: {
    id: `evt_${number}`,
    sequence: number,
    type: 'image.uploaded',
    at: 1_900_000_000_000,
    data: { project: 'my-app', key: 'users/42/avatar' },
  },
  attempts: 0,
  ageMs: 0,
  ...changes,
});

/** A running job, whose queue has what a test adds. */
export function startDeliveryJob(
  respond: (request: WebhookRequest) => Promise<WebhookResult> | WebhookResult,
  due: ClaimedDelivery[] = [],
  once?: 'once',
) {
  const settled: { id: string; attempt: DeliveryAttempt; outcome: DeliveryOutcome }[] = [];
  const released: string[] = [];
  const reports: DeliveryReport[] = [];
  const failures: unknown[] = [];
  const sent: WebhookRequest[] = [];
  const state = {
    nextDueMs: null as number | null,
    claims: 0,
    mine: true,
    failing: false,
    /** Why the next claim leaves deliveries for later. */
    unclaimable: [] as unknown[],
  };
  let wake = () => {};
  const deliveries: DeliveryQueue = {
    onEvents(listener) {
      wake = listener;
      return () => {
        wake = () => {};
      };
    },
    async claim(most) {
      state.claims++;
      if (state.failing) throw new Error('database away');
      const { nextDueMs, unclaimable } = state;
      return { deliveries: due.splice(0, most), nextDueMs, failures: unclaimable.splice(0) };
    },
    async settle({ id }, attempt, outcome) {
      settled.push({ id, attempt, outcome });
      return state.mine;
    },
    async release(all) {
      released.push(...all.map(({ id }) => id));
    },
    maintain: async () => false,
    backlog: async () => ({ pending: 0, delayMs: 0 }),
  };
  const sender = {
    async send(request: WebhookRequest) {
      sent.push(request);
      return respond(request);
    },
  };
  const stopping = new AbortController();
  const ended = createDeliveryJob(
    { deliveries, sender, clock: { now: Date.now } },
    {
      publicUrl: 'https://cdn.example',
      onDelivery: (report) => reports.push(report),
      onFailure: (failure) => failures.push(failure),
    },
  )(stopping.signal, once);
  const add = (...all: readonly ClaimedDelivery[]) => {
    due.push(...all);
    wake();
  };
  return {
    add,
    settled,
    released,
    reports,
    failures,
    sent,
    state,
    ended,
    stop: () => stopping.abort(),
  };
}
