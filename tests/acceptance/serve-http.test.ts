import { beforeAll, describe, expect, it } from 'vitest';
import { type Gallery, sharedGallery } from './support/serve-gallery.js';
import { countReplies, lines, parseReply, talk } from './support/serve-raw.js';
import { ask } from './support/serve-request.js';

let gallery: Gallery;
let url: string;
let open: string;
let closed: string;

beforeAll(async () => {
  gallery = await sharedGallery();
  url = gallery.server.url;
  open = new URL(gallery.open.url).pathname;
  closed = new URL(gallery.closed.url).pathname;
});

async function only(bytes: string | Uint8Array) {
  const heard = await talk(url, bytes);
  expect(countReplies(heard)).toBe(1);
  return parseReply(heard);
}

function head(method: string, target: string, ...fields: readonly string[]): string {
  return lines(`${method} ${target} HTTP/1.1`, 'Host: images.test', ...fields);
}

describe('header bombs', () => {
  it.each<[string, () => string[]]>([
    ['one long field', () => [`X-Long: ${'a'.repeat(20_000)}`]],
    ['one long name', () => [`${'a'.repeat(20_000)}: 1`]],
    ['a huge cookie', () => [`Cookie: session=${'a'.repeat(100_000)}`]],
    ['a huge tag list', () => [`If-None-Match: ${'"a", '.repeat(10_000)}"a"`]],
    [
      'many fields',
      () => Array.from({ length: 1000 }, (_, i) => `X-Field-${i}: ${'a'.repeat(20)}`),
    ],
    ['a megabyte', () => Array.from({ length: 64 }, (_, i) => `X-${i}: ${'a'.repeat(16_000)}`)],
  ])('%s: 431', async (_name, fields) => {
    for (const target of [open, closed, '/nowhere']) {
      const reply = await only(head('GET', target, ...fields()));
      expect(reply.status).toBe(431);
      expect(reply.headers.get('x-aura-error')).toBe('headers_too_large');
      expect(reply.headers.get('cache-control')).toBe('no-store');
    }
  });

  it('many small headers do not hide the relevant one', async () => {
    const many = Array.from({ length: 500 }, () => 'a: b');
    const reply = await only(head('GET', open, ...many, 'Range: bytes=0-3'));
    expect(reply.status).toBe(206);
    expect((await only(head('GET', closed, ...many, 'If-None-Match: *'))).status).toBe(403);
  });
});

/** Two parsers may see different bounds in such a request, so it must not get a second response. */
describe('smuggled requests', () => {
  const inner = 'GET /health HTTP/1.1\r\nHost: images.test\r\n\r\n';
  const chunked = `0\r\n\r\n${inner}`;
  it.each<[string, string[], string]>([
    ['both lengths', ['Content-Length: 4', 'Transfer-Encoding: chunked'], chunked],
    ['both lengths, reversed', ['Transfer-Encoding: chunked', 'Content-Length: 5'], chunked],
    ['two lengths', ['Content-Length: 0', `Content-Length: ${inner.length}`], inner],
    ['the same length twice', ['Content-Length: 5', 'Content-Length: 5'], `hello${inner}`],
    ['a list of lengths', ['Content-Length: 0, 5'], inner],
    ['a negative length', ['Content-Length: -1'], inner],
    ['a signed length', ['Content-Length: +5'], inner],
    ['a hexadecimal length', ['Content-Length: 0x5'], inner],
    ['an endless length', [`Content-Length: ${'9'.repeat(40)}`], inner],
    ['an unknown coding', ['Transfer-Encoding: xchunked'], chunked],
    ['chunked not last', ['Transfer-Encoding: chunked, identity'], chunked],
    ['a space before the colon', ['Transfer-Encoding : chunked'], chunked],
    ['a folded coding', ['Transfer-Encoding:\r\n chunked', 'Content-Length: 5'], chunked],
    ['a field without a name', [': 1'], inner],
    ['a field with NUL', ['X: a\0b'], inner],
    ['a bare carriage return', ['X: a\rContent-Length: 3'], inner],
    ['a second Host in a field', ['X: a\nHost: evil.test'], inner],
  ])('%s: at most a 400, and no second answer', async (_name, fields, body) => {
    for (const target of [open, closed]) {
      const request = [`GET ${target} HTTP/1.1`, 'Host: images.test', ...fields].join('\r\n');
      const reply = await only(`${request}\r\n\r\n${body}`);
      expect(reply.status).toBe(400);
      expect(reply.headers.get('x-aura-error')).toBe('request_malformed');
    }
  });

  it('a body of a GET is a body, not a request', async () => {
    for (const [target, status] of [
      [open, 200],
      [closed, 403],
      [`/v1/blurhash${open}`, 200],
      ['/ready', 200],
    ] as const) {
      const length = head('GET', target, `Content-Length: ${inner.length}`);
      expect((await only(length + inner)).status, target).toBe(status);
      const coded = head('GET', target, 'Transfer-Encoding: chunked');
      const chunk = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`;
      expect((await only(coded + chunk)).status, target).toBe(status);
    }
  });

  it('malformed chunks of a GET are a 400 or cut the connection, no second answer', async () => {
    for (const chunk of [
      'zz\r\nhello\r\n',
      '-1\r\n',
      `5;${'x'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`,
    ]) {
      const heard = await talk(url, head('GET', closed, 'Transfer-Encoding: chunked') + chunk);
      expect(countReplies(heard)).toBeLessThanOrEqual(1);
      expect([0, 400, 403]).toContain(parseReply(heard).status);
    }
  });
});

describe('methods', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'PURGE', 'LOCK', 'SEARCH'])(
    '%s on an image is a 405 that changes nothing',
    async (method) => {
      for (const target of [open, closed]) {
        const reply = await only(head(method, target, 'X-Echo: secret-of-the-client'));
        expect(reply.status).toBe(405);
        expect(reply.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
        expect(reply.headers.get('x-aura-error')).toBe('method_not_allowed');
        expect(reply.body).not.toContain('secret-of-the-client');
      }
      expect((await only(head('GET', open))).status).toBe(200);
      expect((await only(head('GET', closed))).status).toBe(403);
    },
  );

  it('a refusal reaches a client that is still sending its body', async () => {
    const body = 'x'.repeat(3_000_000);
    for (const [method, target, status] of [
      ['POST', '/my-app/../x', 404],
      ['PUT', open, 405],
      ['POST', '/nowhere', 404],
      ['PATCH', `/v1/images${closed}`, 401],
    ] as const) {
      const headers = { 'Content-Length': body.length };
      const reply = await ask(url, { method, target, headers, body });
      expect([target, reply.status]).toEqual([target, status]);
    }
  });

  it.each(['get', 'Get', 'FETCH', 'GET\t', '', 'GETGET', '{}'])(
    '%j is not HTTP: 400',
    async (method) => {
      const reply = await only(head(method, open));
      expect(reply.status).toBe(400);
      expect(reply.headers.get('x-aura-error')).toBe('request_malformed');
    },
  );

  it('a method in a header field overrides nothing', async () => {
    const fields = [
      'X-HTTP-Method-Override: GET',
      'X-HTTP-Method: DELETE',
      'X-Method-Override: GET',
    ];
    expect((await only(head('POST', closed, ...fields))).status).toBe(405);
    expect((await only(head('GET', open, ...fields))).status).toBe(200);
  });

  it('CONNECT makes no tunnel', async () => {
    const heard = await talk(url, head('CONNECT', 'images.test:443'));
    expect(heard).not.toMatch(/^HTTP\/1\.1 2/);
  });
});

describe('unusual requests', () => {
  it.each([
    ['no Host', (t: string) => lines(`GET ${t} HTTP/1.1`)],
    ['a Host that is none', (t: string) => lines(`GET ${t} HTTP/1.1`, 'Host: a b')],
  ])('%s: a 400 at every route', async (_name, request) => {
    const reply = await only(request('/health'));
    expect(reply.status).toBe(400);
    expect(reply.headers.get('x-aura-error')).toBe('request_malformed');
    expect(JSON.parse(reply.body)).toEqual({ message: expect.any(String) });
  });

  it('no Host for an image: 400 too', async () => {
    for (const target of [open, closed, '/a/../b']) {
      const reply = await only(lines(`GET ${target} HTTP/1.1`));
      expect(reply.status).toBe(400);
      expect(JSON.parse(reply.body)).toEqual({ message: expect.any(String) });
    }
  });

  it('HTTP/1.0 without Host, as load balancers check health, is served', async () => {
    const statuses: number[] = [];
    for (const target of ['/health', '/ready', open, closed]) {
      statuses.push((await only(lines(`GET ${target} HTTP/1.0`))).status);
    }
    expect(statuses).toEqual([200, 200, 200, 403]);
  });

  it('headers that name another URL change nothing', async () => {
    const fields = ['X-Original-URL', 'X-Rewrite-URL', 'X-Forwarded-Prefix', 'X-Forwarded-Path'];
    const reply = await only(head('GET', closed, ...fields.map((name) => `${name}: ${open}`)));
    expect(reply.status).toBe(403);
    const trusted = ['X-Forwarded-For: 127.0.0.1', 'X-Real-IP: 127.0.0.1', 'Host: localhost'];
    expect((await only(head('GET', closed, ...trusted.slice(0, 2)))).status).toBe(403);
  });

  it('Expect, Upgrade and Prefer headers do not bypass the check', async () => {
    for (const fields of [
      ['Expect: miracles'],
      ['Expect: 100-continue'],
      ['Upgrade: h2c', 'HTTP2-Settings: AA'],
    ]) {
      expect((await only(head('GET', open, ...fields))).status).toBe(200);
      expect((await only(head('GET', closed, ...fields))).status).toBe(403);
    }
  });

  it.each([
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['TLS', Buffer.from('16030100a5010000a1', 'hex')],
    ['HTTP/0.9', 'GET /\r\n\r\n'],
    ['another version', 'GET / HTTP/3.7\r\nHost: images.test\r\n\r\n'],
    ['noise', Buffer.from('ff00ff00deadbeef', 'hex')],
  ])('%s is malformed: 400', async (_name, bytes) => {
    const reply = await only(bytes);
    expect(reply.status).toBe(400);
    expect(reply.headers.get('x-aura-error')).toBe('request_malformed');
  });

  it('pipelined requests are answered in order, each with its own check', async () => {
    const keep = (target: string) => `GET ${target} HTTP/1.1\r\nHost: images.test\r\n\r\n`;
    const heard = await talk(url, keep(closed) + keep('/x/y') + keep(closed) + head('HEAD', open));
    const statuses = heard.match(/HTTP\/1\.1 \d{3}/g)?.map((text) => Number(text.slice(-3)));
    expect(statuses).toEqual([403, 404, 403, 200]);
  });
});
