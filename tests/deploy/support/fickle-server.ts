import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that records requests and closes the connection of some. */
export interface FickleServer {
  readonly port: number;
  /** Method and request target of each request, unchanged. */
  readonly requests: string[];
  /** Headers of each request. */
  readonly headers: IncomingHttpHeaders[];
  stop(): void;
}

/**
 * Starts one.
 *
 * @param hangsUp whether to close the connection, after the first bytes of a body if there is one
 */
export async function startFickleServer(hangsUp: boolean): Promise<FickleServer> {
  const requests: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const server = createServer((incoming, outgoing) => {
    if (incoming.url === '/ready') return void outgoing.end();
    requests.push(`${incoming.method} ${incoming.url}`);
    headers.push(incoming.headers);
    if (!hangsUp) {
      incoming.resume().once('end', () => outgoing.end('here'));
    } else if (incoming.method === 'GET') {
      incoming.socket.destroy();
    } else {
      incoming.once('data', () => incoming.socket.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    headers,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
