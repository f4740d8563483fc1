import { compile } from 'proxy-addr';

/**
 * Returns whether the peer of a connection is a trusted proxy.
 *
 * @param trustedProxies addresses and ranges, as {@link isProxyList} takes them
 *
 * @example
 * createIsProxy(['10.0.0.0/8'])('10.1.2.3'); // true
 */
export function createIsProxy(
  trustedProxies: readonly string[],
): (peer: string | undefined) => boolean {
  if (trustedProxies.length === 0) return () => false;
  const trusts = compile([...trustedProxies]);
  return (peer) => peer !== undefined && trusts(peer, 0);
}

/** Whether every text is an address, a range such as `10.0.0.0/8`, `loopback`, `linklocal` or `uniquelocal`. */
export function isProxyList(texts: readonly string[]): boolean {
  try {
    compile([...texts]);
    return true;
  } catch {
    return false;
  }
}
