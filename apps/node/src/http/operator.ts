import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Config } from '../config/config.js';

/** Host names that only a client of this machine has a use for. */
const LOCAL_HOST = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i;

/**
 * Whether a client may read the metrics: with the bearer token where one is set. Without one, only as
 * long as the server is nobody's but this machine's, which `AURA_PUBLIC_URL` and its like end: a proxy on the machine
 * is a client of it, too, whoever asks the proxy.
 */
export function mayReadMetrics(
  { headers, socket }: IncomingMessage,
  { metricsToken, ...urls }: Pick<Config, 'metricsToken' | 'publicUrl' | 'cdnUrl' | 'appUrl'>,
): boolean {
  if (metricsToken !== undefined) {
    const given = Buffer.from(headers.authorization ?? '');
    const wanted = Buffer.from(`Bearer ${metricsToken}`);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }
  const proxied = 'x-forwarded-for' in headers || 'forwarded' in headers || 'via' in headers;
  const isLocal = /^(?:::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '');
  const isNobodyElses = [urls.publicUrl, urls.cdnUrl, urls.appUrl].every(
    (url) => url === undefined,
  );
  return isNobodyElses && isLocal && !proxied && LOCAL_HOST.test(headers.host ?? '');
}
