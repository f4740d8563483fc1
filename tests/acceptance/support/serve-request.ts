import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import type { LookupFunction } from 'node:net';
import { expect } from 'vitest';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
  /** Sent unchanged instead of the URL's path and query. */
  readonly target?: string;
  /** The address that it comes from, of this machine: by default `127.0.0.1`. */
  readonly from?: string;
  /** Closes the connection. */
  readonly signal?: AbortSignal;
}

/** Every server of the tests is on this machine. To look `localhost` up takes longer than the request. */
const lookup: LookupFunction = (_, { all }, done) => {
  if (all) done(null, [{ address: '127.0.0.1', family: 4 }]);
  else done(null, '127.0.0.1', 4);
};

/** One request on its own connection; nothing is normalized, decoded, cached or followed. */
export function ask(
  url: string,
  { method = 'GET', headers, body, target, from, signal }: Ask = {},
) {
  return new Promise<Reply>((resolve, reject) => {
    const options = {
      method,
      agent: false,
      lookup,
      headers: headers ?? {},
      ...(signal && { signal }),
    };
    const path = target === undefined ? {} : { path: target };
    const local = from === undefined ? {} : { localAddress: from };
    const sent = request(url, { ...options, ...path, ...local }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, headers, body: Buffer.concat(chunks) });
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

/** An `ETag` without the effort of the encoder: a variant may be encoded again between two reads. */
export function variantTag({ headers: { etag } }: Pick<Reply, 'headers'>): string | undefined {
  return etag?.replace(/-(?:thorough|final)"$/, '"');
}

/** The JSON of a reply. */
export function json({ body }: Reply): unknown {
  return JSON.parse(body.toString());
}

/** Expects an error response as docs/reference/errors.md describes it. */
export function expectError(reply: Reply, status: number, code: string): void {
  expect([reply.status, reply.headers['x-aura-error']]).toEqual([status, code]);
  expect(reply.headers['cache-control']).toBe('no-store');
  expect(json(reply)).toEqual({ message: expect.stringMatching(/./) });
}
