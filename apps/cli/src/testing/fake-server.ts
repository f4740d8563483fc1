import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; a string is sent unchanged. */
  readonly body?: unknown;
}

export interface FakeServer {
  readonly url: string;
  readonly received: readonly Received[];
  close(): Promise<void>;
}

/** Responses by `METHOD /path`, first with and then without the query; 404 for anything else. */
export type Routes = Readonly<
  Record<string, (request: Received) => FakeAnswer | Promise<FakeAnswer>>
>;

export async function startFakeServer(routes: Routes): Promise<FakeServer> {
  const received: Received[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url: path = '', headers } = request;
    const entry = { method, path, headers, body: Buffer.concat(chunks).toString('latin1') };
    received.push(entry);
    const name = `${method} ${path}`;
    const route = routes[name] ?? routes[name.split('?')[0] ?? ''] ?? (() => NOT_FOUND);
    const { status = 200, headers: own = {}, body } = await route(entry);
    response.writeHead(status, { 'Content-Type': 'application/json', ...own });
    response.end(
      body === undefined || typeof body === 'string' ? (body ?? '') : JSON.stringify(body),
    );
  };
  // A client may end its request before its end.
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** An error in the format of the server. */
export function refusal(status: number, code: string, body: object = {}): FakeAnswer {
  const headers = { 'X-Aura-Error': code };
  return { status, headers, body: { message: `Refused: ${code}`, ...body } };
}

const NOT_FOUND = refusal(404, 'route_not_found');
