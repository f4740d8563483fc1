import { iso } from '@auraimage/http';
import type { ProjectEvent } from '@auraimage/ports';
import { Webhook } from 'standardwebhooks';

/** What a consumer receives for an event. */
export interface WebhookMessage {
  readonly headers: Readonly<Record<string, string>>;
  /** Exactly the text that is signed. */
  readonly body: string;
}

/**
 * The request for an event, as the Standard Webhooks specification has it: a body of `type`, `timestamp` and `data`, and
 * headers with the id of the event, the time of the request, and a signature of each secret.
 *
 * @param publicUrl base URL of images
 * @param secrets `whsec_` and Base64; two while a rotation overlaps
 * @param now Unix milliseconds
 *
 * @example
 * const { headers, body } = messageOf(event, 'https://cdn.example', ['whsec_…'], clock.now());
 */
export function messageOf(
  event: ProjectEvent,
  publicUrl: string,
  secrets: readonly string[],
  now: number,
): WebhookMessage {
  const body = bodyOf(event, publicUrl);
  const at = new Date(now);
  const signatures = secrets.map((secret) => new Webhook(secret).sign(event.id, at, body));
  return {
    headers: {
      'content-type': 'application/json',
      'webhook-id': event.id,
      'webhook-timestamp': String(Math.floor(now / 1000)),
      'webhook-signature': signatures.join(' '),
    },
    body,
  };
}

/** The same text for every request for the event. */
function bodyOf({ id, sequence, type, at, data }: ProjectEvent, publicUrl: string): string {
  const { project, key } = data;
  const url = typeof key === 'string' ? { url: `${publicUrl}/${project}/${key}` } : {};
  return JSON.stringify({
    type,
    timestamp: iso(at),
    data: { id, sequence, ...data, ...url },
  });
}

/** Makes a secret of 256 random bits, as the specification has it. */
export function makeWebhookSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return `whsec_${btoa(String.fromCharCode(...bytes))}`;
}
