import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands before a server of any protocol; everything passes unless it is told otherwise. */
export interface TcpProxy {
  readonly port: number;
  /** Holds back every byte, both ways, and takes new connections all the same. What is held comes later. */
  stall(): void;
  /** Resets every connection there is; new ones pass. Gives how many there were. */
  cut(): number;
  /** Closes the port, too: new connections are refused. */
  refuse(): Promise<void>;
  /** Ends whatever is wrong. */
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
