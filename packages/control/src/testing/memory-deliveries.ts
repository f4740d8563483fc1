import type {
  ClaimedDelivery,
  DeliveryAttempt,
  DeliveryOutcome,
  DeliveryQueue,
  WebhookRequest,
  WebhookResult,
} from '@auraimage/ports';

/** Signs the deliveries. */
export const SECRET = `whsec_${btoa('of a webhook in these tests, 32')}`;

export const OK = {
  ok: true,
  status: 200,
  milliseconds: 5,
  retryAfter: null,
  bodyStart: 'thanks',
} satisfies WebhookResult;

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

/**
 * A queue in memory, and a sender whose consumers respond as a test says. Both record what a job does.
 *
 * @param due deliveries of the next claims
 */
export function createMemoryDeliveries(
  respond: (request: WebhookRequest) => Promise<WebhookResult> | WebhookResult,
  due: ClaimedDelivery[] = [],
) {
  const settled: { id: string; attempt: DeliveryAttempt; outcome: DeliveryOutcome }[] = [];
  const released: string[] = [];
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
  const add = (...all: readonly ClaimedDelivery[]) => {
    due.push(...all);
    wake();
  };
  return { deliveries, sender, add, settled, released, sent, state };
}
