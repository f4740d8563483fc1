import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between a server and its database. */
export interface DatabaseProxy {
  readonly port: number;
  /** Closes the port, and resets what is open: nothing listens. */
  refuse(): Promise<void>;
  /** Lets no byte through any more, either way, and takes new connections all the same. */
  stall(): void;
  /** Resets what is open, once. */
  cut(): void;
  /**
   * Cuts the next connection that commits a transaction in which some text was said: before the database
   * hears of the commit, or after it did.
   */
  cutAtCommit(said: string, when: 'before' | 'after'): void;
  /** How many commits it has struck. */
  readonly struck: () => number;
  /** Ends whatever is wrong. Connections that were stalled are gone for good, as after a real stall. */
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
          // A stalled network tells neither end that the other has gone.
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
