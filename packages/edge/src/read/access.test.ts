import type { ImageRecord } from '@auraimage/ports';
import { newImage, row } from '@auraimage/ports/contracts';
import { describe, expect, it } from 'vitest';
import { createReadEdge, NOW } from '../testing/read-edge.js';

function setUp(visibility: 'public' | 'private', changes: Partial<ImageRecord> = {}) {
  const fresh = newImage('my-app', 1, { visibility, size: 3, width: 90, height: 60 });
  return createReadEdge(row(fresh, changes));
}

describe('a read whose token has a ceiling', () => {
  const MASTER = '"master"';
  const open = async (max: number, changes: Partial<ImageRecord> = {}) => {
    const edge = setUp('private', { width: 1200, height: 800, sha256: 'master', ...changes });
    const token = `token=${await edge.token({ max })}`;
    const read = (query: string, method = 'GET', headers: Record<string, string> = {}) =>
      edge.answer(`${query}&${token}`, method, headers);
    return { ...edge, read };
  };

  it('shows an address without options in this size, also the one of a smaller master', async () => {
    for (const [max, width] of [
      [600, 600],
      [5000, 1200],
    ] as const) {
      const { read, jobs } = await open(max);
      const { status, headers } = await read('', 'GET', { Accept: 'image/webp' });
      expect([status, headers['Content-Type'], headers['Vary']]).toEqual([
        ...[200, 'image/webp', 'Accept'],
      ]);
      expect(jobs).toEqual([`fast webp ${width}`]);
    }
  });

  it('says nothing about the bytes of the master, with the blurhash neither', async () => {
    const { read } = await open(600, { sha256: 'c0ffee'.padEnd(64, '0') });
    for (const query of ['', 'w=90&fmt=png', 'blur=true']) {
      expect(JSON.stringify((await read(query)).headers), query).not.toContain('c0ffee');
    }
  });

  it('shares a variant with readers whose tokens have none', async () => {
    const { read, answer, token, jobs } = await open(600);
    const limited = await read('w=2000&fmt=png');
    const whole = await answer(`w=600&fmt=png&token=${await token()}`);
    expect(limited.headers['ETag']).toBe(whole.headers['ETag']);
    expect(jobs).toEqual(['fast png 600']);
  });

  it.each(['fmt=original', 'metadata=none', 'fmt=original&metadata=none', 'fmt=original&download'])(
    'is refused if it names the master, in every way to read: %s',
    async (query) => {
      const { read, touched } = await open(5000);
      for (const [method, headers] of [
        ['GET', {}],
        ['HEAD', {}],
        ['GET', { Range: 'bytes=0-0' }],
        ['GET', { 'If-None-Match': MASTER }],
        ['GET', { 'If-None-Match': '*' }],
      ] as const) {
        const answer = await read(query, method, headers);
        expect(answer.status).toBe(403);
        expect(answer.headers).toMatchObject({
          'X-Aura-Error': 'serve_token_invalid',
          'Cache-Control': 'no-store',
        });
        expect(answer.headers['ETag']).toBeUndefined();
      }
      expect(touched()).toEqual([]);
    },
  );

  it('does not tell a client that has the master that it is unchanged', async () => {
    const { read } = await open(5000);
    expect((await read('', 'GET', { 'If-None-Match': MASTER })).status).toBe(200);
  });

  it('never gives the master in place of a variant that has more bytes', async () => {
    const { read, state } = await open(5000, { type: 'image/png' });
    state.rendered = new Uint8Array(1000);
    const { headers } = await read('fmt=png');
    expect(headers['Content-Length']).toBe('1000');
  });

  it('is an error, and not the master, if no format can be made', async () => {
    const { read, state } = await open(600);
    state.isBroken = true;
    for (const [query, method] of [
      ['fmt=webp', 'GET'],
      ['fmt=webp', 'HEAD'],
      ['', 'GET'],
    ] as const) {
      const { status, headers } = await read(query, method);
      expect(status).toBe(503);
      expect(headers).toMatchObject({
        'X-Aura-Error': 'variant_unavailable',
        'Cache-Control': 'no-store',
        'Retry-After': '60',
      });
    }
  });

  it('is without limit once the image is public', async () => {
    const { answer, token } = setUp('public', { sha256: 'master' });
    const { headers } = await answer(`token=${await token({ max: 10 })}`);
    expect(headers['ETag']).toBe(MASTER);
  });
});

describe('a private image that is asked for without a token in the query', () => {
  const MODERN = { Accept: 'image/webp' };
  /** An edge that answers with status or error, and `Vary`. */
  const open = (changes: Partial<ImageRecord> = {}) => {
    const edge = setUp('private', { key: 'users/42/a', width: 1200, height: 800, ...changes });
    const folder = (claims: object = {}) => edge.token({ f: undefined, d: 'users/42/', ...claims });
    const read = async (
      query: string,
      tokens: readonly string[],
      headers: Record<string, string> = {},
      of: 'image' | 'blurhash' = 'image',
    ) => {
      const cookie = tokens.map((token) => `aura-token=${token}`).join('; ');
      const all = { ...MODERN, ...(cookie && { Cookie: cookie }), ...headers };
      const found = await edge.answer(query, 'GET', all, of);
      expect(found.headers['Cache-Control']).toBe(
        found.status === 200 ? 'private, max-age=300' : 'no-store',
      );
      return [found.headers['X-Aura-Error'] ?? found.status, found.headers['Vary']];
    };
    return { ...edge, folder, read };
  };

  it('is opened by the first of its cookies that opens it', async () => {
    const { folder, read, jobs } = open();
    const other = await folder({ d: 'users/43/' });
    const expired = await folder({ exp: NOW - 1 });
    const limited = await folder({ max: 300 });
    expect(await read('w=900', [other, expired, limited, await folder()])).toEqual([
      ...[200, 'Accept, Cookie'],
    ]);
    expect(jobs).toEqual(['fast webp 300']);
    expect(await read('fmt=original', [await folder(), limited])).toEqual([200, 'Cookie']);
    expect(await read('blur=true', [await folder()])).toEqual([200, 'Cookie']);
    expect(await read('', [await folder()], {}, 'blurhash')).toEqual([200, 'Cookie']);
  });

  it('is refused if none of eight does, and says that cookies matter', async () => {
    const { folder, read, touched } = open();
    const wrong = Array.from({ length: 8 }, () => 'nonsense');
    expect(await read('w=9', [])).toEqual(['signed_token_required', 'Cookie']);
    expect(await read('', [], {}, 'blurhash')).toEqual(['signed_token_required', 'Cookie']);
    expect(await read('w=9', [...wrong, await folder()])).toEqual([
      ...['serve_token_invalid', 'Cookie'],
    ]);
    expect(touched()).toEqual([]);
    const whole = [...wrong.slice(1), await folder()];
    expect(await read('w=9', whole)).toEqual([200, 'Accept, Cookie']);
  });

  it('says so in errors behind the access check, too', async () => {
    const { folder, read } = open();
    const tokens = [await folder()];
    expect(await read('w=x', tokens)).toEqual(['transform_malformed', 'Cookie']);
    const past = { Range: 'bytes=9999-' };
    expect(await read('fmt=original', tokens, past)).toEqual(['range_not_satisfiable', 'Cookie']);
    const limited = [await folder({ max: 300 })];
    expect(await read('fmt=original', limited)).toEqual(['serve_token_invalid', 'Cookie']);
  });

  it('is never opened for a page of another site', async () => {
    const { folder, read, facts } = open();
    const tokens = [await folder()];
    const from = (site: string) => read('w=9', tokens, { 'Sec-Fetch-Site': site });
    expect(await from('cross-site')).toEqual(['signed_token_required', 'Cookie']);
    expect(facts()).toMatchObject({ refusal: 'cross_site' });
    await read('w=9', [], { 'Sec-Fetch-Site': 'cross-site' });
    expect(facts()).toMatchObject({ refusal: 'missing' });
    expect(await from('same-site')).toEqual([200, 'Accept, Cookie']);
  });

  it('is decided by the query alone if that has a token, valid or not', async () => {
    const { folder, read } = open();
    const valid = await folder();
    for (const query of ['token=', 'token=nonsense', `token=${valid}&token=${valid}`]) {
      expect(await read(query, [valid])).toEqual(['serve_token_invalid', undefined]);
    }
    expect(await read(`token=${valid}`, ['nonsense'])).toEqual([200, 'Accept']);
  });

  it('does not let cookies matter once it is public', async () => {
    const { answer } = setUp('public');
    const { status, headers } = await answer('', 'GET', { Cookie: 'aura-token=nonsense' });
    expect([status, headers['Vary']]).toEqual([200, undefined]);
  });
});
