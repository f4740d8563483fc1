import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What is used of a D1 binding, whose types are those of Workers. */
export interface D1 {
  prepare(sql: string): D1Statement;
  batch(statements: readonly D1Statement[]): Promise<readonly D1Result[]>;
  exec(sql: string): Promise<unknown>;
}
interface D1Statement {
  bind(...values: readonly unknown[]): D1Statement;
  all(): Promise<D1Result>;
}
interface D1Result {
  readonly results: readonly Readonly<Record<string, unknown>>[];
  readonly meta: unknown;
}

/** Where the form below has a database. */
export const D1_ACCOUNT = '0123456789abcdef0123456789abcdef';
export const D1_DATABASE = '6f1a1f0e-3b0c-4e0c-9a3e-2f4c5d6e7f80';
const PATH = `/client/v4/accounts/${D1_ACCOUNT}/d1/database/${D1_DATABASE}/query`;

/** https://developers.cloudflare.com/d1/platform/limits/ */
const MAX_SQL_BYTES = 100_000;
const MAX_TEXT_BYTES = 2_000_000;

interface Query {
  readonly sql: string;
  readonly params?: readonly string[];
}

/**
 * Answers a request as Cloudflare's API for D1 does, in the form of its reference, from miniflare's D1. It is no test of
 * Cloudflare itself.
 */
export async function answerD1(database: D1, token: string, request: Request): Promise<Response> {
  if (request.headers.get('authorization') !== `Bearer ${token}`) {
    return refuse(401, 10000, 'Authentication error');
  }
  if (request.method !== 'POST' || new URL(request.url).pathname !== PATH) {
    return refuse(404, 7404, 'The database could not be found');
  }
  const body = (await request.json()) as Query | { readonly batch: readonly Query[] };
  const queries = 'batch' in body ? body.batch : [body];
  try {
    const results = await database.batch(queries.map((query) => prepare(database, query)));
    const result = results.map(({ results: rows, meta }) => ({
      results: rows,
      success: true,
      meta,
    }));
    return Response.json({ result, success: true, errors: [], messages: [] });
  } catch (error) {
    const message = String((error as Error).message).replace(/^D1_ERROR: /, '');
    return refuse(400, 7500, message);
  }
}

function prepare(database: D1, { sql, params = [] }: Query) {
  const isTooLong = (text: string, most: number) => Buffer.byteLength(text) > most;
  if (isTooLong(sql, MAX_SQL_BYTES)) throw new Error('statement too long: SQLITE_TOOBIG');
  if (params.some((value) => typeof value !== 'string'))
    throw new Error('params: expected strings');
  if (params.some((value) => isTooLong(value, MAX_TEXT_BYTES))) {
    throw new Error('string or blob too big: SQLITE_TOOBIG');
  }
  const statement = database.prepare(sql);
  return params.length === 0 ? statement : statement.bind(...params);
}

function refuse(status: number, code: number, message: string): Response {
  const body = { result: null, success: false, errors: [{ code, message }], messages: [] };
  return Response.json(body, { status });
}

/** That API on a port of this machine, with what `aura-server move` reads from the environment. */
export async function startD1Api(database: D1) {
  const token = randomUUID();
  let holding: string | null = null;
  let isHeld = false;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const asked = new Request(`http://${request.headers.host}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { authorization: request.headers.authorization ?? '' },
      body,
    });
    const answer = await answerD1(database, token, asked);
    if (holding !== null && body.includes(holding)) {
      isHeld = true;
      return;
    }
    response.writeHead(answer.status, { 'Content-Type': 'application/json' });
    response.end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    token,
    env: {
      CLOUDFLARE_API_TOKEN: token,
      CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${port}/client/v4`,
    },
    /**
     * Does what a request with this text says, but never answers it.
     *
     * @returns whether there was one
     */
    hold(text: string): () => boolean {
      [holding, isHeld] = [text, false];
      return () => {
        if (isHeld) holding = null;
        return isHeld;
      };
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
