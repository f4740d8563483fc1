import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy in front of the server. */
export async function startProxy(
  handle: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>,
) {
  const server: Server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Forwards a request, and its response after `change` has modified it. */
export async function forward(
  origin: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  change: (status: number, headers: Headers, body: Buffer) => void = () => {},
): Promise<void> {
  const target = new URL(incoming.url ?? '/', origin);
  const upstream = request(target, { method: incoming.method, headers: incoming.headers });
  incoming.pipe(upstream);
  const [answer] = (await once(upstream, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    if (name !== 'transfer-encoding' && name !== 'connection') headers.set(name, String(value));
  }
  const body = Buffer.concat(chunks);
  const { statusCode = 502 } = answer;
  change(statusCode, headers, body);
  outgoing.writeHead(statusCode, Object.fromEntries(headers));
  outgoing.end(body);
}
