import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A proxy between a server and its database. */
export interface DatabaseProxy {
  readonly port: number;
  /** Closes the port and resets open connections. */
  refuse(): Promise<void>;
  /** Passes no more bytes in either direction, but still accepts new connections. */
  stall(): void;
  /** Resets open connections once. */
  cut(): void;
  /**
   * Closes the next connection that commits a transaction with a given text, before or after the database gets the
   * commit.
   */
  cutAtCommit(said: string, when: 'before' | 'after'): void;
  /** Number of affected commits. */
  readonly struck: () => number;
  /** Ends the fault. Stalled connections stay broken, as after a real network failure. */
  heal(): Promise<void>;
  stop(): Promise<void>;
}

/** As the wire has it (https://www.postgresql.org/docs/current/protocol-message-formats.html): a simple query. */
const COMMIT = Buffer.from('Q\0\0\0\x0bcommit\0', 'latin1');

export async function startDatabaseProxy(target: number): Promise<DatabaseProxy> {
  let stalled = false;
  let atCommit: { readonly said: string; readonly when: 'before' | 'after' } | null = null;
  let struck = 0;
  let refusing = false;
  const open = new Set<Socket>();

  const handle = (client: Socket): void => {
    const upstream = connect(target, '127.0.0.1');
    let silent = stalled;
    let said = false;
    const end = () => {
      client.resetAndDestroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket
        .on('error', () => {})
        .once('close', () => {
          open.delete(socket);
          // On a stalled network, neither end learns that the other has closed.
          if (!stalled && !silent) end();
        });
    }
    client.on('data', (chunk: Buffer) => {
      silent ||= stalled;
      if (silent) return;
      said ||= atCommit !== null && chunk.includes(atCommit.said);
      if (atCommit === null || !said || !chunk.includes(COMMIT)) return void upstream.write(chunk);
      const { when } = atCommit;
      atCommit = null;
      struck++;
      if (when === 'before') return end();
      upstream.removeAllListeners('data').once('data', end);
      upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      silent ||= stalled;
      if (!silent) client.write(chunk);
    });
  };

  let server: Server = createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cut = () => {
    for (const socket of open) socket.resetAndDestroy();
  };
  return {
    port,
    async refuse() {
      refusing = true;
      server.close();
      cut();
      await once(server, 'close');
    },
    stall() {
      stalled = true;
    },
    cut,
    cutAtCommit(said, when) {
      atCommit = { said, when };
    },
    struck: () => struck,
    async heal() {
      stalled = false;
      atCommit = null;
      if (!refusing) return;
      refusing = false;
      server = createServer(handle).listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    async stop() {
      server.close();
      cut();
    },
  };
}
