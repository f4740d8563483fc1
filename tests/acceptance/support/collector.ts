import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly isError: boolean;
}

/** Receives traces as OTLP/JSON over HTTP. */
export interface Collector {
  readonly url: string;
  spans(): readonly CollectedSpan[];
  /** Every request as received: target, headers and body. */
  raw(): string;
  close(): Promise<void>;
}

interface Exported {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<CollectedSpan, 'attributes' | 'isError'> & {
        readonly attributes?: readonly {
          readonly key: string;
          readonly value: Readonly<Record<string, string | number | boolean>>;
        }[];
        readonly status?: { readonly code?: number };
      })[];
    }[];
  }[];
}

/** @param silent accepts every request and responds to none */
export async function startCollector({ silent = false } = {}): Promise<Collector> {
  const bodies: string[] = [];
  const heads: string[] = [];
  const held: ServerResponse[] = [];
  const server = createServer(async (incoming, outgoing) => {
    heads.push(`${incoming.url} ${JSON.stringify(incoming.headers)}`);
    bodies.push(await text(incoming));
    if (silent) held.push(outgoing);
    else outgoing.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    raw: () => [...heads, ...bodies].join('\n'),
    spans: () =>
      bodies
        .flatMap((body) => (JSON.parse(body) as Exported).resourceSpans)
        .flatMap(({ scopeSpans }) => scopeSpans)
        .flatMap(({ spans }) => spans)
        .map(({ attributes = [], status, ...span }) => ({
          ...span,
          attributes: Object.fromEntries(
            attributes.map(({ key, value }) => [key, Object.values(value)[0] ?? '']),
          ),
          isError: status?.code === 2,
        })),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
