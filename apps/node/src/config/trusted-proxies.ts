import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { compile, default as proxyAddress } from 'proxy-addr';

/** Returns the network address of the client of a request. */
export type ClientOf = (incoming: IncomingMessage) => string;

/**
 * Without trusted proxies the client is the peer of the connection, and `X-Forwarded-For` is ignored. Behind
 * trusted proxies it is the last address in that header that is not one of them: everything before it could
 * have been sent by the client itself.
 *
 * @param trustedProxies addresses and ranges, as {@link isProxyList} takes them
 *
 * @example
 * const clientOf = createClientOf(['127.0.0.1', '10.0.0.0/8']);
 */
export function createClientOf(trustedProxies: readonly string[]): ClientOf {
  const peerOf: ClientOf = ({ socket }) => socket.remoteAddress ?? 'unknown';
  if (trustedProxies.length === 0) return peerOf;
  const trusts = compile([...trustedProxies]);
  return (incoming) => {
    const address = proxyAddress(incoming, trusts);
    return isIP(address) > 0 ? address : peerOf(incoming);
  };
}

/** Returns whether a request comes from a trusted proxy, so that the headers it adds can be trusted. */
export function createIsFromProxy(
  trustedProxies: readonly string[],
): (incoming: IncomingMessage) => boolean {
  if (trustedProxies.length === 0) return () => false;
  const trusts = compile([...trustedProxies]);
  return ({ socket }) => socket.remoteAddress !== undefined && trusts(socket.remoteAddress, 0);
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
