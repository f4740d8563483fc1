import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

/** The body of an event. */
export interface ReceivedEvent {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>> & {
    readonly id: string;
    readonly sequence: number;
    readonly key?: string;
  };
}

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Its status, once it is decided. */
  readonly status: number;
  readonly event: ReceivedEvent;
}

/** A consumer of webhooks on loopback. */
export interface Consumer {
  readonly url: string;
  /** Every request, in the order in which it was answered. */
  readonly received: readonly Received[];
  /** The events that were accepted. */
  accepted(): readonly ReceivedEvent[];
  /** What the library of the specification says about a request. Throws for a wrong signature. */
  verify(request: Received, secret: string): unknown;
  close(): Promise<void>;
}

/** @param respond status of the response to the n-th request, from 0; or a promise of it */
export async function startConsumer(
  respond: (n: number, event: ReceivedEvent) => number | Promise<number> = () => 204,
): Promise<Consumer> {
  const received: Received[] = [];
  let requests = 0;
  const server = createServer(async (request, response) => {
    const n = requests++;
    const body = (await request.setEncoding('utf8').toArray()).join('');
    const event: ReceivedEvent = JSON.parse(body);
    const status = await respond(n, event);
    received.push({ headers: request.headers, body, status, event });
    response.writeHead(status).end(status >= 300 ? 'not now' : undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    accepted: () => received.filter(({ status }) => status < 300).map(({ event }) => event),
    verify: ({ headers, body }, secret) =>
      new Webhook(secret).verify(body, headers as Record<string, string>),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
