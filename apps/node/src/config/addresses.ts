import type { IncomingMessage } from 'node:http';
import type { Config } from './config.js';

/** Where clients reach the server, without trailing slashes. */
export interface Addresses {
  /** Pictures, uploads. */
  readonly cdnUrl: string;
  /** Dashboard and API. */
  readonly appUrl: string;
  /** Whether the two are hosts of their own: each then answers its own addresses alone. */
  readonly split: boolean;
}

/**
 * Works the addresses out from the settings.
 *
 * @param port that the server listens on
 */
export function addressesOf(
  { publicUrl, cdnUrl, appUrl }: Pick<Config, 'publicUrl' | 'cdnUrl' | 'appUrl'>,
  port: number,
): Addresses {
  const common = publicUrl ?? `http://localhost:${port}`;
  const addresses = { cdnUrl: cdnUrl ?? common, appUrl: appUrl ?? new URL(common).origin };
  const bothAreKnown = publicUrl !== undefined || (cdnUrl !== undefined && appUrl !== undefined);
  const differ = new URL(addresses.cdnUrl).host !== new URL(addresses.appUrl).host;
  return { ...addresses, split: bothAreKnown && differ };
}

/** Which of its addresses a request came to; `null`: to none. */
export type Side = 'cdn' | 'app';

/** Tells by its `Host` where a request came to, for hosts that are split. */
export function createSideOf({ cdnUrl, appUrl }: Addresses): (host: string) => Side | null {
  const sides = new Map<string, Side>();
  for (const [url, side] of [
    [cdnUrl, 'cdn'],
    [appUrl, 'app'],
  ] as const) {
    const { host, hostname, port, protocol } = new URL(url);
    sides.set(host, side);
    if (port === '') sides.set(`${hostname}:${protocol === 'https:' ? 443 : 80}`, side);
  }
  return (host) => sides.get(host.toLowerCase()) ?? null;
}

const STATUS = /^\/(?:health|ready|metrics)$/;

/**
 * Why a request is not answered where it came to, or `null` where it is. What load balancers and monitors
 * ask is answered on every host: they know machines by their addresses.
 *
 * @param path as it came over the wire
 */
export function misdirected(
  { method = '', headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  path: string,
  sideOf: ReturnType<typeof createSideOf>,
): 'host_unknown' | 'route_not_found' | null {
  if (STATUS.test(path)) return null;
  const side = sideOf(headers.host ?? '');
  if (side === null) return 'host_unknown';
  // The SDK changes visibility where it reads: at the CDN's address.
  if (method === 'PATCH' && path.startsWith('/v1/images/')) return null;
  return isCdnPath(path) === (side === 'cdn') ? null : 'route_not_found';
}

/** Addresses of pictures are all that have two segments, but for the dashboard's, the registry's and the API's own. */
function isCdnPath(path: string): boolean {
  if (path === '/v1/upload' || path.startsWith('/v1/blurhash/')) return true;
  return /^\/(?!(?:v1|dashboard|docs|registry)\/)[^/]+\/[^/]*$/.test(path);
}

/** Where the machine itself reaches a server that listens on a host. */
export function localUrlOf(host: string, port: number): string {
  return `http://${localHost(host)}:${port}`;
}

function localHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
