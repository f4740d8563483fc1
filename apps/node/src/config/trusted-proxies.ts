import type { IncomingMessage } from 'node:http';
import { compile } from 'proxy-addr';

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
