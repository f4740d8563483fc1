import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A network between client and server that can be cut. */
export interface CuttingProxy {
  readonly url: string;
  /** Breaks every open connection. */
  cut(): void;
  /** Breaks them and every new one, until {@link CuttingProxy.connectTo}. */
  disconnect(): void;
  /** Forwards connections to the server at this URL. */
  connectTo(url: string): void;
  close(): Promise<void>;
}

export async function startCuttingProxy(target: string): Promise<CuttingProxy> {
  let port: number | null = portOf(target);
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client);
    client.on('error', () => {}).once('close', () => open.delete(client));
    if (port === null) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(port, '127.0.0.1');
    upstream.on('error', () => {}).once('close', () => client.destroy());
    client.once('close', () => upstream.destroy());
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const client of open) client.resetAndDestroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    disconnect() {
      port = null;
      cut();
    },
    connectTo(url) {
      port = portOf(url);
    },
    async close() {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
