import {
  type ClaimedDelivery,
  type ClaimLimits,
  type Clock,
  DELIVERY_HOURS,
  type DeliveryAttempt,
  type DeliveryOutcome,
  type DeliveryQueue,
  type WebhookResult,
  type WebhookSender,
} from '@auraimage/ports';
import { createInterruptibleWait } from '../interruptible-wait.js';
import { messageOf } from './message.js';

/** Requests to all consumers at once, of a process. */
const MAX_REQUESTS = 32;
/** Requests to one webhook and to those of one project at once, of all processes. */
const LIMITS: ClaimLimits = { perWebhook: 4, perProject: 8 };
/** Time for a request and its response, in milliseconds. The specification recommends 15 to 30 seconds. */
const REQUEST_MS = 15_000;
/** Time after which others may have a claimed delivery, in milliseconds: its process has been killed. */
const LEASE_MS = 60_000;
/** Interval of the search for deliveries that are due, in milliseconds. What this process wrote is found at once. */
const POLL_MS = 2000;
const MAINTAIN_MS = 60_000;
/** Time for requests in flight when the job ends, in milliseconds. */
const DRAIN_MS = 5000;
const MAX_BACKOFF_MS = 60_000;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Pauses between the attempts of a delivery; the last one repeats until a day is over. */
const PAUSES_MS = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR];
const LONGEST_PAUSE_MS = 4 * HOUR;
/** Pauses vary by this share, so that deliveries that failed together are not made together again. */
const JITTER = 0.2;

/** What became of an attempt, for the host's log and metrics. */
export interface DeliveryReport {
  /** `lost`: another process has the delivery, because this one took too long. */
  readonly outcome: DeliveryOutcome['kind'] | 'lost';
  readonly project: string;
  readonly webhookId: string;
  readonly deliveryId: string;
  readonly type: string;
  /** Number of attempts, this one included. */
  readonly attempts: number;
  readonly status: number | null;
  readonly problem: string | null;
  readonly milliseconds: number;
}

export interface DeliveryJobPorts {
  readonly deliveries: DeliveryQueue;
  readonly sender: Pick<WebhookSender, 'send'>;
  readonly clock: Clock;
}

export interface DeliveryJobOptions {
  /** Base URL of images. */
  readonly publicUrl: string;
  readonly onDelivery: (report: DeliveryReport) => void;
  readonly onFailure: (failure: unknown) => void;
}

/**
 * Creates the job that delivers events. It claims deliveries that are due, sends each one and writes down what became of
 * it. A process that is killed in between leaves claims that end: another one sends them again, so consumers get every
 * event at least once.
 *
 * @returns runs until the signal aborts, then gives requests in flight 5 seconds; with `once` it ends when nothing is due,
 *   or at the first failure. Never rejects
 *
 * @example
 * const deliver = createDeliveryJob({ deliveries, sender, clock }, { publicUrl, onDelivery, onFailure });
 * await deliver(shutdown.signal);
 */
export function createDeliveryJob(
  { deliveries, sender, clock }: DeliveryJobPorts,
  { publicUrl, onDelivery, onFailure }: DeliveryJobOptions,
): (signal: AbortSignal, once?: 'once') => Promise<void> {
  let maintained = Number.NEGATIVE_INFINITY;

  async function attempt(claimed: ClaimedDelivery, cut: AbortSignal): Promise<void> {
    const at = clock.now();
    const { headers, body } = messageOf(claimed.event, publicUrl, claimed.secrets, at);
    const sent = { url: claimed.url, headers, body, timeoutMs: REQUEST_MS, signal: cut };
    let result: WebhookResult;
    try {
      result = await sender.send(sent);
    } catch (failure) {
      // A fault of the program. Handed back at once, the delivery would be sent again and again: its lease has to end.
      if (!cut.aborted) throw failure;
      await deliveries.release([claimed]);
      return;
    }
    const outcome = outcomeOf(result, claimed, clock.now());
    const made = attemptOf(at, result);
    const isMine = await deliveries.settle(claimed, made, outcome);
    onDelivery({
      outcome: isMine ? outcome.kind : 'lost',
      project: String(claimed.event.data['project']),
      webhookId: claimed.webhookId,
      deliveryId: claimed.id,
      type: claimed.event.type,
      attempts: claimed.attempts + 1,
      status: made.status,
      problem: made.problem,
      milliseconds: made.milliseconds,
    });
  }

  return async (signal, once) => {
    const idle = createInterruptibleWait();
    const cut = new AbortController();
    const inFlight = new Set<Promise<void>>();
    const stopHearing = deliveries.onEvents(idle.interrupt);
    let backoffMs = 0;

    const start = (claimed: ClaimedDelivery) => {
      const running: Promise<void> = attempt(claimed, cut.signal)
        .catch(onFailure)
        .finally(() => {
          inFlight.delete(running);
          idle.interrupt();
        });
      inFlight.add(running);
    };

    /** @returns milliseconds until there may be more to do */
    async function work(): Promise<number> {
      if (clock.now() - maintained >= MAINTAIN_MS) {
        const more = await deliveries.maintain();
        if (!more) maintained = clock.now();
      }
      const free = MAX_REQUESTS - inFlight.size;
      if (free === 0) return POLL_MS;
      const claims = await deliveries.claim(free, LIMITS, LEASE_MS);
      claims.failures.forEach(onFailure);
      claims.deliveries.forEach(start);
      return claims.deliveries.length > 0 ? 0 : Math.min(POLL_MS, claims.nextDueMs ?? POLL_MS);
    }

    while (!signal.aborted) {
      idle.reset();
      try {
        const waitMs = await work();
        backoffMs = 0;
        if (once && waitMs > 0 && inFlight.size === 0) break;
        if (waitMs > 0) await idle.wait(waitMs, signal);
      } catch (failure) {
        onFailure(failure);
        if (once) break;
        // Not ended by events: they would fail as well.
        backoffMs = Math.min(MAX_BACKOFF_MS, backoffMs * 2 || POLL_MS);
        await createInterruptibleWait().wait(backoffMs, signal);
      }
    }
    stopHearing();
    const timer = setTimeout(() => cut.abort(), DRAIN_MS);
    await Promise.all(inFlight);
    clearTimeout(timer);
  };
}

function attemptOf(at: number, result: WebhookResult): DeliveryAttempt {
  const { milliseconds } = result;
  return result.ok
    ? { at, milliseconds, status: result.status, problem: null, answer: result.bodyStart }
    : { at, milliseconds, status: null, problem: result.problem, answer: '' };
}

function outcomeOf(
  result: WebhookResult,
  { attempts, ageMs }: Pick<ClaimedDelivery, 'attempts' | 'ageMs'>,
  now: number,
): DeliveryOutcome {
  if (result.ok && result.status >= 200 && result.status < 300) return { kind: 'delivered' };
  // As the specification says: the consumer wants no more of them.
  if (result.ok && result.status === 410) return { kind: 'gone' };
  const pauseMs =
    (PAUSES_MS[attempts] ?? LONGEST_PAUSE_MS) * (1 + JITTER * (Math.random() * 2 - 1));
  const askedMs = result.ok ? retryAfterMs(result.retryAfter, now) : 0;
  const afterMs = Math.max(pauseMs, Math.min(askedMs, LONGEST_PAUSE_MS));
  const isTooLate = ageMs + result.milliseconds + afterMs > DELIVERY_HOURS * HOUR;
  return isTooLate ? { kind: 'failed' } : { kind: 'retry', afterMs };
}

/** Milliseconds of a `Retry-After` (RFC 9110 §10.2.3): whole seconds or a date; 0 for anything else. */
function retryAfterMs(value: string | null, now: number): number {
  if (value === null) return 0;
  if (/^\d{1,9}$/.test(value)) return Number(value) * SECOND;
  const date = Date.parse(value);
  return Number.isNaN(date) ? 0 : Math.max(0, date - now);
}
