import { setTimeout as sleep } from 'node:timers/promises';
import { StorageUnavailableError } from '@auraimage/ports';
import { DatabaseSetupError } from '../database/migrations.js';
import {
  isOfStatement,
  isProblemOfD1,
  type Primary,
  type Row,
  refuseClosed,
  type Sql,
  toRow,
} from './binding.js';

/** A D1 database, as the API of Cloudflare reaches it. */
export interface D1Place {
  readonly kind: 'd1';
  /** 32 hexadecimal digits. */
  readonly accountId: string;
  /** A UUID. */
  readonly databaseId: string;
  /** An API token with the permission "D1 Edit". */
  readonly token: string;
  /** Base URL of the API; by default that of Cloudflare. */
  readonly api?: string | undefined;
}

/** Thrown when D1 refuses a statement. */
class D1RefusedError extends Error {
  readonly code = 'd1_refused';
  override readonly name = 'D1RefusedError';
}

export interface D1ApiOptions {
  readonly fetch?: typeof fetch;
  readonly wait?: (milliseconds: number) => Promise<unknown>;
}

const CLOUDFLARE = 'https://api.cloudflare.com/client/v4';
const ADDRESS = /^d1:\/\/([0-9a-f]{32})\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** D1 ends a query after 30 seconds. */
const TIMEOUT_MS = 60_000;
/** Attempts of a request. With their pauses they take about two minutes. */
const ATTEMPTS = 10;
const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 60_000;
/** The API blocks who exceeds its 1,200 requests in five minutes for five minutes. */
const MAX_RETRY_AFTER_MS = 310_000;
const MAX_MESSAGE = 500;
/** More than a page of rows has. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/**
 * Parses `d1://ACCOUNT_ID/DATABASE_ID`.
 *
 * @throws {TypeError} that says the form
 *
 * @example
 * parseD1Location('d1://0123456789abcdef0123456789abcdef/6f1a1f0e-3b0c-4e0c-9a3e-2f4c5d6e7f80');
 */
export function parseD1Location(text: string): Pick<D1Place, 'kind' | 'accountId' | 'databaseId'> {
  const [, accountId, databaseId] = ADDRESS.exec(text) ?? [];
  if (accountId === undefined || databaseId === undefined) {
    throw new TypeError(
      'a D1 database is d1://ACCOUNT_ID/DATABASE_ID: npx wrangler whoami and npx wrangler d1 list show both',
    );
  }
  return { kind: 'd1', accountId: accountId.toLowerCase(), databaseId: databaseId.toLowerCase() };
}

/**
 * Runs SQL on a D1 database from outside of a Worker
 * (https://developers.cloudflare.com/api/resources/d1/subresources/database/methods/query). A request whose response is
 * lost is sent again: statements must be safe to repeat.
 *
 * @throws {DatabaseSetupError} (of each function) when the API refuses the token or knows no such database
 * @throws {StorageUnavailableError} when it does not answer
 */
export function createD1Api(
  { accountId, databaseId, token, api = CLOUDFLARE }: D1Place,
  { fetch: send = fetch, wait = sleep }: D1ApiOptions = {},
): Primary {
  const url = `${api.replace(/\/$/, '')}/accounts/${accountId}/d1/database/${databaseId}/query`;
  if (!/^https?:/.test(url) || !URL.canParse(url)) {
    throw new DatabaseSetupError('the address of the API of Cloudflare is no URL');
  }
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };

  const attempt = async (body: string, statements: number): Promise<Row[][] | Retry> => {
    let response: Response;
    let text: string;
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      response = await send(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
      text = await textOf(response);
    } catch (error) {
      if (error instanceof D1RefusedError) throw error;
      return { retry: reasonOf(error), afterMs: 0 };
    }
    const answer = parse(text);
    if (response.ok && answer?.success === true) return rowsIn(answer.result, statements);
    const said =
      answer?.errors?.map(({ message }) => message).join('; ') || `HTTP ${response.status}`;
    const message = said.slice(0, MAX_MESSAGE);
    if ([401, 403, 404].includes(response.status)) throw setupError(response.status, message);
    refuseClosed(message);
    const isPassing = response.status >= 500 || response.status === 429 || isProblemOfD1(message);
    if (isOfStatement(message) || !isPassing) throw new D1RefusedError(`D1: ${message}`);
    const seconds = Number(response.headers.get('retry-after') ?? 0);
    return { retry: message, afterMs: Math.min(MAX_RETRY_AFTER_MS, (seconds || 0) * 1000) };
  };

  const ask = async (content: unknown, statements = 1): Promise<Row[][]> => {
    const body = JSON.stringify(content);
    for (let number = 1; ; number++) {
      const answer = await attempt(body, statements);
      if (Array.isArray(answer)) return answer;
      if (number === ATTEMPTS)
        throw new StorageUnavailableError(`D1 does not answer: ${answer.retry}`);
      const pause = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (number - 1));
      await wait(Math.max(answer.afterMs, pause));
    }
  };

  return {
    query: async (statement) => (await ask(toQuery(statement)))[0] ?? [],
    batch: (statements) => ask({ batch: statements.map(toQuery) }, statements.length),
  };
}

/**
 * The text of a response.
 *
 * @throws {D1RefusedError} when it is too long
 */
async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new D1RefusedError('D1: the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/**
 * The rows of each statement. What is missing must not look like the end of a table.
 *
 * @throws {D1RefusedError}
 */
function rowsIn(result: unknown, statements: number): Row[][] {
  const isObject = (value: unknown): value is Row =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const results: readonly unknown[] = Array.isArray(result) ? result : [];
  if (results.length === statements) {
    const rows = results.map((one) =>
      isObject(one) && one['success'] !== false && Array.isArray(one['results'])
        ? (one['results'] as readonly unknown[])
        : [undefined],
    );
    if (rows.every((list): list is Row[] => list.every(isObject))) {
      return rows.map((list) => list.map(toRow));
    }
  }
  throw new D1RefusedError('D1: the answer lacks rows, or has others than the API describes');
}

/** Why a request failed. `fetch` says it in the cause. */
function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown };
  return String(cause ?? error).slice(0, MAX_MESSAGE);
}

interface Retry {
  readonly retry: string;
  readonly afterMs: number;
}

interface Answer {
  readonly success?: boolean;
  readonly result?: unknown;
  readonly errors?: readonly { readonly message: string }[];
}

function parse(text: string): Answer | null {
  try {
    return JSON.parse(text) as Answer | null;
  } catch {
    return null; // a page of a proxy
  }
}

/** The API takes texts only: all parameters are one, an array in JSON, in which bytes are hexadecimal digits. */
function toQuery({ sql, parameters }: Sql): { readonly sql: string; readonly params?: [string] } {
  if (parameters.length === 0) return { sql };
  const [only] = parameters;
  if (parameters.length === 1 && typeof only === 'string') return { sql, params: [only] };
  const values = parameters.map((value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  );
  return {
    sql: sql.replace(/\?(\d+)/g, (_, number: string) => {
      const value = `json_extract(?1, '$[${Number(number) - 1}]')`;
      return parameters[Number(number) - 1] instanceof Uint8Array ? `unhex(${value})` : value;
    }),
    params: [JSON.stringify(values)],
  };
}

function setupError(status: number, message: string): DatabaseSetupError {
  return new DatabaseSetupError(
    status === 404
      ? `Cloudflare knows no such D1 database: see npx wrangler d1 list (${message})`
      : `Cloudflare refuses CLOUDFLARE_API_TOKEN for this database: it needs the permission D1 Edit (${message})`,
  );
}
