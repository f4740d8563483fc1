import type { DeliveryReport } from '@auraimage/control';

/** Where a host logs the requests to webhooks. */
interface DeliveryLog {
  info(facts: object, message: string): void;
  /** For every request that says no more. */
  debug?(facts: object, message: string): void;
}

/** Logs a request to a webhook, without the webhook's URL, which may contain secrets of the consumer. */
export function logDelivery(log: DeliveryLog, { outcome, ...facts }: DeliveryReport): void {
  if (outcome === 'failed') log.info(facts, 'an event was not delivered, and will not be');
  else if (outcome === 'gone') log.info(facts, 'webhook disabled: it responded with 410');
  else log.debug?.({ ...facts, outcome }, 'request to a webhook');
}
