import { beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';
import { TOKEN_INVALID, TOKEN_MISSING, withQuery, withToken } from './support/serve-gallery.js';
import { type Ask, ask } from './support/serve-request.js';
import { handToken, now } from './support/serve-token.js';
import {
  addShot,
  cacheOf,
  lookAt,
  type Shot,
  timingOf,
  verdictOf,
} from './support/transform-studio.js';

const QUERIES = ['w=64', 'w=64&fmt=jpeg', 'lqip=true', 'blur=true', 'w=40&h=40&fit=face'];
const MALFORMED = ['w=x', 'w=0', 'fmt=gif', 'q=101', 'w=1&w=1', 'blur=maybe'];

let server: SharedServer;
let closed: Shot;
let other: Shot;
let etag: string;

beforeAll(async () => {
  server = await sharedServer();
  closed = await addShot(server, await drawing(600, 400).jpeg().toBuffer(), 'private');
  other = await addShot(server, await drawing(64, 48).jpeg().toBuffer(), 'private');
  // All variants below are already kept, which must not allow any read.
  for (const query of QUERIES) await ask(closed.of(query));
  etag = String((await ask(closed.of('w=64'))).headers.etag);
});

function badTokens(): readonly string[] {
  const { projectName: p, serveSecret, secretKey } = server.credentials;
  const claims = { p, f: closed.key, exp: now() + 600 };
  return [
    '',
    'nonsense',
    handToken({ ...claims, exp: now() - 10 }, serveSecret),
    handToken({ ...claims, f: other.key }, serveSecret),
    handToken({ ...claims, p: 'other-app' }, serveSecret),
    handToken(claims, secretKey),
  ];
}

const WAYS: readonly Ask[] = [
  {},
  { method: 'HEAD' },
  { headers: { Range: 'bytes=0-0' } },
  { headers: { Range: 'bytes=99999999-' } },
  { headers: { 'If-None-Match': '*' } },
  { headers: { Accept: 'image/avif' } },
];

describe('a private image', () => {
  it('without a token is refused for any parameter', async () => {
    for (const query of [...QUERIES, ...MALFORMED]) {
      for (const way of [...WAYS, { headers: { 'If-None-Match': etag } }]) {
        const reply = await ask(withQuery(closed.bare, query), way);
        expect(verdictOf(reply), query).toBe('403 signed_token_required');
        expect(reply.body.toString(), query).toBe(way.method === 'HEAD' ? '' : TOKEN_MISSING);
        expect(reply.headers['cache-control'], query).toBe('no-store');
        expect(reply.headers.etag, query).toBeUndefined();
      }
    }
  });

  it('with an invalid token is refused for any parameter', async () => {
    for (const token of badTokens()) {
      const bare = withToken(closed.bare, token);
      for (const query of [...QUERIES, ...MALFORMED]) {
        for (const url of [withQuery(bare, query), `${closed.bare}?${query}&token=${token}`]) {
          const reply = await ask(url, { headers: { 'If-None-Match': etag } });
          expect(verdictOf(reply), url).toBe('403 serve_token_invalid');
          expect(reply.body.toString(), url).toBe(TOKEN_INVALID);
        }
      }
    }
    const twice = await ask(`${closed.signed}&${closed.signed.split('?')[1]}&w=64`);
    expect(verdictOf(twice)).toBe('403 serve_token_invalid');
  });

  it('reports a malformed parameter only with a valid token', async () => {
    for (const query of MALFORMED) {
      expect(verdictOf(await ask(closed.of(query)))).toBe('400 transform_malformed');
    }
  });

  it('is served in every size with one token, anywhere in the query string', async () => {
    const [, token = ''] = closed.signed.split('?');
    for (const width of [10, 20, 30]) {
      for (const query of [`${token}&w=${width}`, `w=${width}&${token}&fmt=jpeg`]) {
        const reply = await ask(`${closed.bare}?${query}`);
        expect(verdictOf(reply), query).toBe('200');
        expect(await lookAt(reply), query).toMatchObject({ width });
      }
    }
  });

  it('is made once for all tokens', async () => {
    const { projectName: p, serveSecret } = server.credentials;
    const tokens = [1, 2, 3].map((more) =>
      handToken({ p, f: closed.key, exp: now() + 600 + more }, serveSecret),
    );
    const replies = [];
    for (const token of tokens) {
      replies.push(await ask(withQuery(withToken(closed.bare, token), 'w=77&fmt=jpeg')));
    }
    expect(replies.map((reply) => timingOf(reply).has('encode'))).toEqual([true, false, false]);
    expect(new Set(replies.map(({ headers }) => headers.etag)).size).toBe(1);
    expect(replies.map(cacheOf)).toEqual(['BYPASS', 'BYPASS', 'BYPASS']);
    for (const reply of replies) expect(timingOf(reply).get('origin')).toMatch(/^dur=/);
  });
});

it('a public image is served with any token, without a separate variant', async () => {
  const open = await addShot(server, await drawing(64, 48).jpeg().toBuffer(), 'public');
  const first = await ask(withQuery(open.bare, 'w=20&fmt=png'));
  for (const token of badTokens()) {
    const reply = await ask(withQuery(withToken(open.bare, token), 'w=20&fmt=png'));
    expect(verdictOf(reply)).toBe('200');
    expect(cacheOf(reply)).toBe('HIT');
    expect(reply.headers.etag).toBe(first.headers.etag);
  }
});
