import type { Host } from '@auraimage/http';
import type { COMMON_SETTINGS } from './common-settings.js';
import type { SettingsOf } from './read-settings.js';

/** Where clients reach the server, without trailing slashes. */
export interface Addresses {
  /** Images and uploads. */
  readonly cdnUrl: string;
  /** Dashboard and API. */
  readonly appUrl: string;
  /** Whether the two are different hosts: then each answers its own paths only. */
  readonly split: boolean;
}

/**
 * Derives the addresses from the settings.
 *
 * @param port that the server listens on
 */
export function addressesOf(
  {
    publicUrl,
    cdnUrl,
    appUrl,
  }: Pick<SettingsOf<typeof COMMON_SETTINGS>, 'publicUrl' | 'cdnUrl' | 'appUrl'>,
  port: number,
): Addresses {
  const common = publicUrl ?? `http://localhost:${port}`;
  const addresses = { cdnUrl: cdnUrl ?? common, appUrl: appUrl ?? new URL(common).origin };
  const bothAreKnown = publicUrl !== undefined || (cdnUrl !== undefined && appUrl !== undefined);
  const differ = new URL(addresses.cdnUrl).host !== new URL(addresses.appUrl).host;
  return { ...addresses, split: bothAreKnown && differ };
}

/** Finds the virtual host that a request came to by its `Host`, for hosts that are split. */
export function createHostOf({ cdnUrl, appUrl }: Addresses): (host: string) => Host {
  const hosts = new Map<string, Host>();
  for (const [url, name] of [
    [cdnUrl, 'cdn'],
    [appUrl, 'app'],
  ] as const) {
    const { host, hostname, port, protocol } = new URL(url);
    hosts.set(host, name);
    if (port === '') hosts.set(`${hostname}:${protocol === 'https:' ? 443 : 80}`, name);
  }
  return (host) => hosts.get(host.toLowerCase()) ?? 'unknown';
}

/** The address on this machine of a server that listens on `host`. */
export function localUrlOf(host: string, port: number): string {
  return `http://${localHost(host)}:${port}`;
}

function localHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
