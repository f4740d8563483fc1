/** The account and the database that it knows. */
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

/** What is used of a D1 binding. */
interface D1 {
  prepare(sql: string): D1Statement;
  batch(
    statements: readonly D1Statement[],
  ): Promise<readonly { results: unknown; meta: unknown }[]>;
}
interface D1Statement {
  bind(...values: readonly unknown[]): D1Statement;
}

interface Environment {
  readonly DB: D1;
  readonly TOKEN: string;
}

/**
 * Answers as Cloudflare's API for D1 does, in the form of its reference, from the D1 of this workerd. It is no test of
 * Cloudflare itself.
 */
export default {
  async fetch(request: Request, { DB, TOKEN }: Environment): Promise<Response> {
    if (request.headers.get('authorization') !== `Bearer ${TOKEN}`) {
      return refuse(401, 10000, 'Authentication error');
    }
    if (request.method !== 'POST' || new URL(request.url).pathname !== PATH) {
      return refuse(404, 7404, 'The database could not be found');
    }
    const body = (await request.json()) as Query | { readonly batch: readonly Query[] };
    const queries = 'batch' in body ? body.batch : [body];
    try {
      const results = await DB.batch(queries.map((query) => prepare(DB, query)));
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
  },
};

function prepare(database: D1, { sql, params = [] }: Query): D1Statement {
  const isTooLong = (text: string, most: number) => new TextEncoder().encode(text).length > most;
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
