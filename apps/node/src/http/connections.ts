import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { networkOf } from '@auraimage/ports';
import type { Config } from '../config/config.js';
import { createIsProxy } from '../config/trusted-proxies.js';

/** One client may hold this part of all connections. */
const CLIENT_SHARE = 1 / 4;
/** Connections that one client may hold however few there are: a browser opens six. */
const MIN_PER_CLIENT = 32;

/**
 * Why a connection was closed: `idle`, for a new one; `client_limit`, because its client has its share;
 * `server_limit`, because there are too many in all.
 */
export type CloseReason = 'idle' | 'client_limit' | 'server_limit';

interface Connection {
  readonly socket: Socket;
  /** The network of the client; `null` for a trusted proxy. */
  readonly client: string | null;
  /** Requests whose response has not ended. */
  requests: number;
}

/**
 * Bounds the connections of a server: in all, and for each client, which is an IPv4 address or an IPv6 /64
 * network. At a bound, an idle connection is closed for a new one: the oldest of this client, or of the client
 * with the most connections. If none is idle, the new one is closed. A connection is idle while no request on it
 * is being handled: between two requests, before the first one, and during headers. Trusted proxies have no
 * bound of their own, and their connections are not closed for others.
 *
 * @param onClose called for every connection that is closed here
 *
 * @example
 * boundConnections(server, { maxConnections: 10_000, trustedProxies: [] }, (reason) => count(reason));
 */
export function boundConnections(
  server: Server,
  { maxConnections, trustedProxies }: Pick<Config, 'maxConnections' | 'trustedProxies'>,
  onClose: (reason: CloseReason) => void,
): void {
  const isProxy = createIsProxy(trustedProxies);
  const maxPerClient = Math.max(MIN_PER_CLIENT, Math.ceil(maxConnections * CLIENT_SHARE));
  const open = new Map<Socket, Connection>();
  /** The connections of each client, the oldest first. */
  const clients = new Map<string, Set<Connection>>();

  const add = (connection: Connection): void => {
    const { socket, client } = connection;
    open.set(socket, connection);
    if (client === null) return;
    const own = clients.get(client);
    if (own === undefined) clients.set(client, new Set([connection]));
    else own.add(connection);
  };

  const remove = (connection: Connection): void => {
    const { socket, client } = connection;
    if (!open.delete(socket) || client === null) return;
    const own = clients.get(client);
    own?.delete(connection);
    if (own?.size === 0) clients.delete(client);
  };

  const close = (connection: Connection, reason: CloseReason): void => {
    remove(connection); // its `close` event comes later
    connection.socket.destroy();
    onClose(reason);
  };

  server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket;
    const client = isProxy(remoteAddress) ? null : networkOf(remoteAddress ?? '');
    const connection: Connection = { socket, client, requests: 0 };
    const own = client === null ? undefined : clients.get(client);
    const clientIsFull = own !== undefined && own.size >= maxPerClient;
    if (clientIsFull || open.size >= maxConnections) {
      const idle = clientIsFull ? oldestIdle(own) : oldestIdleOfLargest(clients.values());
      if (idle === null) return close(connection, clientIsFull ? 'client_limit' : 'server_limit');
      close(idle, 'idle');
    }
    add(connection);
    socket.once('close', () => remove(connection));
  });

  const countRequest = ({ socket }: IncomingMessage, outgoing: ServerResponse): void => {
    const connection = open.get(socket);
    if (connection === undefined) return;
    connection.requests++;
    // Not `once`, which wraps the listener: "close" is emitted once.
    outgoing.on('close', () => {
      connection.requests--;
    });
  };
  for (const event of ['request', 'checkContinue', 'checkExpectation']) {
    server.on(event, countRequest);
  }
}

function oldestIdle(connections: Iterable<Connection>): Connection | null {
  for (const connection of connections) {
    if (connection.requests === 0) return connection;
  }
  return null;
}

function oldestIdleOfLargest(clients: Iterable<ReadonlySet<Connection>>): Connection | null {
  let found: Connection | null = null;
  let most = 0;
  for (const connections of clients) {
    if (connections.size <= most) continue;
    const idle = oldestIdle(connections);
    if (idle === null) continue;
    found = idle;
    most = connections.size;
  }
  return found;
}
