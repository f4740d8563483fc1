import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/**
 * Whether a client may read the metrics: with the bearer token where one is set, else only from this
 * machine and not through a proxy on it.
 */
export function mayReadMetrics(incoming: IncomingMessage, token: string | undefined): boolean {
  if (token !== undefined) {
    const given = Buffer.from(incoming.headers.authorization ?? '');
    const wanted = Buffer.from(`Bearer ${token}`);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }
  const { headers, socket } = incoming;
  const proxied = 'x-forwarded-for' in headers || 'forwarded' in headers || 'via' in headers;
  return !proxied && /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '');
}
