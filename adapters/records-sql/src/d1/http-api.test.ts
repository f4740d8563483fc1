import { StorageUnavailableError } from '@auraimage/ports';
import { describe, expect, it } from 'vitest';
import { DatabaseSetupError } from '../database/migrations.js';
import { createD1Api, type D1Place, parseD1Location } from './http-api.js';

const ACCOUNT = '0123456789abcdef0123456789abcdef';
const DATABASE = '6f1a1f0e-3b0c-4e0c-9a3e-2f4c5d6e7f80';
const TOKEN = 'a-token-that-nobody-may-see';
const place: D1Place = { kind: 'd1', accountId: ACCOUNT, databaseId: DATABASE, token: TOKEN };

type Reply = Response | Error;
const rows = (...results: readonly unknown[]) =>
  Response.json({ success: true, errors: [], result: [{ success: true, results }] });
const failure = (status: number, message: string, headers: Record<string, string> = {}) =>
  Response.json(
    { success: false, errors: [{ code: 1, message }], result: null },
    { status, headers },
  );

/** An API that gives these replies, one after the other, and the last one again and again. */
function open(...replies: readonly Reply[]) {
  const requests: { readonly url: string; readonly init: RequestInit }[] = [];
  const waits: number[] = [];
  const primary = createD1Api(place, {
    fetch: async (url, init = {}) => {
      const reply = replies[Math.min(requests.length, replies.length - 1)];
      requests.push({ url: String(url), init });
      if (reply instanceof Error) throw reply;
      return (reply as Response).clone();
    },
    wait: async (milliseconds) => void waits.push(milliseconds),
  });
  return { primary, requests, waits };
}

const query = { sql: 'SELECT ?1, ?2, ?3, ?4', parameters: ['a', 5, null, Uint8Array.of(0, 255)] };

describe('the API of D1', () => {
  it('gets texts only: values in JSON, bytes as hexadecimal digits', async () => {
    const { primary, requests } = open(rows({ a: 1, b: [0, 255] }));
    expect(await primary.query(query)).toEqual([{ a: 1, b: Uint8Array.of(0, 255) }]);
    const [{ url, init } = { url: '', init: {} }] = requests;
    expect(url).toBe(
      `https://api.cloudflare.com/client/v4/accounts/${ACCOUNT}/d1/database/${DATABASE}/query`,
    );
    expect(new Headers(init.headers).get('authorization')).toBe(`Bearer ${TOKEN}`);
    expect(init.redirect).toBe('manual'); // an error would be asked again
    const value = (at: number) => `json_extract(?1, '$[${at}]')`;
    expect(JSON.parse(String(init.body))).toEqual({
      sql: `SELECT ${value(0)}, ${value(1)}, ${value(2)}, unhex(${value(3)})`,
      params: ['["a",5,null,"00ff"]'],
    });
    await primary.batch([{ sql: 'SELECT ?1', parameters: ['[1]'] }]);
    expect(JSON.parse(String(requests[1]?.init.body))).toEqual({
      batch: [{ sql: 'SELECT ?1', params: ['[1]'] }],
    });
  });

  it('is asked again after what passes, as late as it says', async () => {
    const { primary, requests, waits } = open(
      new TypeError('fetch failed', { cause: new Error('ECONNRESET') }),
      failure(429, 'rate limited', { 'Retry-After': '240' }),
      failure(400, 'D1 DB is overloaded. Too many requests queued.'),
      new Response('<html>bad gateway</html>', { status: 502 }),
      rows(),
    );
    expect(await primary.query(query)).toEqual([]);
    expect(waits).toEqual([250, 240_000, 1000, 2000]);
    expect(new Set(requests.map(({ init }) => init.body)).size).toBe(1);
  });

  it('is no answer when rows are missing, or are none', async () => {
    const results = [[], {}, [{ success: true }], [{ results: {} }], [{ results: [null] }]];
    for (const result of [...results, null, [{ success: false, results: [] }]]) {
      const { primary, requests } = open(Response.json({ success: true, errors: [], result }));
      await expect(primary.query(query), JSON.stringify(result)).rejects.toThrow(/lacks rows/);
      expect(requests).toHaveLength(1);
    }
    await expect(open(rows()).primary.batch([query, query])).rejects.toThrow(/lacks rows/);
  });

  it('is read up to a bound', async () => {
    const chunk = new Uint8Array(1024 * 1024);
    const body = new ReadableStream({ pull: (controller) => controller.enqueue(chunk) });
    const primary = createD1Api(place, { fetch: async () => new Response(body) });
    await expect(primary.query(query)).rejects.toThrow(/too long/);
  });

  it('does not answer for two minutes', async () => {
    const away = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
    const { primary, requests, waits } = open(away);
    const error = await primary.query(query).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StorageUnavailableError);
    expect(String(error)).toContain('connect ECONNREFUSED');
    expect(requests).toHaveLength(10);
    expect(waits.reduce((sum, wait) => sum + wait)).toBeGreaterThan(100_000);
  });

  it.each([
    [401, 'Authentication error', DatabaseSetupError, /D1 Edit/],
    [403, 'not allowed', DatabaseSetupError, /D1 Edit/],
    [404, 'not found', DatabaseSetupError, /knows no such D1 database/],
    [302, 'elsewhere', Error, /elsewhere/],
    [400, 'no such table: images: SQLITE_ERROR', Error, /no such table/],
    [500, 'UNIQUE constraint failed: SQLITE_CONSTRAINT', Error, /UNIQUE/],
    [400, 'x'.repeat(5000), Error, /^D1: x{500}$/],
  ])('is not asked again after %i %s', async (status, message, type, says) => {
    const { primary, requests } = open(failure(status, message));
    const error = await primary.query(query).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(type);
    expect(error).toHaveProperty('code'); // so that commands show no stack
    expect((error as Error).message).toMatch(says);
    expect(String((error as Error).stack)).not.toContain(TOKEN);
    expect(requests).toHaveLength(1);
  });
});

it('needs the URL of an API', () => {
  for (const api of ['ftp://api.test', 'http://[', 'api.test']) {
    expect(() => createD1Api({ ...place, api }), api).toThrow(DatabaseSetupError);
  }
});

describe('parseD1Location', () => {
  it('takes an account and a database', () => {
    expect(parseD1Location(`d1://${ACCOUNT.toUpperCase()}/${DATABASE}`)).toEqual({
      kind: 'd1',
      accountId: ACCOUNT,
      databaseId: DATABASE,
    });
    for (const text of ['', 'd1:', `d1://${ACCOUNT}`, `d1://${ACCOUNT}/auraimage`]) {
      expect(() => parseD1Location(text), text).toThrow(/d1:\/\/ACCOUNT_ID\/DATABASE_ID/);
    }
    expect(() => parseD1Location(`d1://${ACCOUNT}/${DATABASE}/..`)).toThrow();
  });
});
