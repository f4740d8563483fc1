import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/**
 * Whether a client may read the metrics: the bearer of the token, and nobody where none is set. That a
 * client is on this machine says nothing: a proxy on it is, too, whoever asks it.
 */
export function mayReadMetrics({ headers }: IncomingMessage, token: string | undefined): boolean {
  if (token === undefined) return false;
  const given = Buffer.from(headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
