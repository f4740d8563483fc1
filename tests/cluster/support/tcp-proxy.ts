import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy for any protocol. It passes everything unless a fault is set. */
export interface TcpProxy {
  readonly port: number;
  /** Delays all bytes in both directions until `heal`, and still accepts new connections. */
  stall(): void;
  /** Resets all open connections and returns their number; new ones pass. */
  cut(): number;
  /** Also closes the port, so that new connections are refused. */
  refuse(): Promise<void>;
  /** Ends the fault. */
  heal(): Promise<void>;
  stop(): Promise<void>;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let stalled = false;
  let server: Server;

  const accept = (near: Socket): void => {
    const far = connect(targetPort, '127.0.0.1');
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const]) {
      from.setNoDelay(true);
      from.on('data', (chunk) => {
        if (!to.write(chunk)) {
          from.pause();
          to.once('drain', () => {
            if (!stalled) from.resume();
          });
        }
      });
      from.on('end', () => to.end());
      from.on('error', () => to.resetAndDestroy());
      from.on('close', () => {
        pairs.delete(pair);
        to.destroySoon();
      });
      if (stalled) from.pause();
    }
  };

  const listen = async (port: number): Promise<number> => {
    server = createServer({ allowHalfOpen: true }, accept).listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const cut = (): number => {
    const { size } = pairs;
    for (const [near, far] of pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
    return size;
  };
  const refuse = async (): Promise<void> => {
    const closed = server.listening ? once(server.close(), 'close') : null;
    cut();
    await closed;
  };
  const port = await listen(0);

  return {
    port,
    stall() {
      stalled = true;
      for (const pair of pairs) for (const socket of pair) socket.pause();
    },
    cut,
    refuse,
    async heal() {
      stalled = false;
      for (const pair of pairs) for (const socket of pair) socket.resume();
      if (!server.listening) await listen(port);
    },
    stop: refuse,
  };
}
