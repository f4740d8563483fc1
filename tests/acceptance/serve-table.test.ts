import { beforeAll, describe, expect, it } from 'vitest';
import { upload } from '../harness/upload.js';
import {
  type Gallery,
  NOT_FOUND,
  sharedGallery,
  TOKEN_INVALID,
  TOKEN_MISSING,
  withQuery,
  withToken,
} from './support/serve-gallery.js';
import { ask } from './support/serve-request.js';

let gallery: Gallery;
let etag: string;
/** Key of another private image. */
let another: string;

beforeAll(async () => {
  gallery = await sharedGallery();
  another = (await upload(gallery.server, gallery.file, 'private')).key;
  etag = String((await ask(gallery.open.url)).headers.etag);
});

/** Parts that a client may add to a request. None may be handled before the access check. */
const ADDITIONS: readonly (readonly [string, { headers?: () => object; query?: string }])[] = [
  ['nothing', {}],
  ['a range', { headers: () => ({ Range: 'bytes=0-9' }) }],
  ['a range past the end', { headers: () => ({ Range: 'bytes=99999999-' }) }],
  ['the tag that it has', { headers: () => ({ 'If-None-Match': etag }) }],
  ['any tag', { headers: () => ({ 'If-None-Match': '*' }) }],
  ['a range on condition', { headers: () => ({ Range: 'bytes=0-9', 'If-Range': etag }) }],
  ['a malformed width', { query: 'w=wide' }],
  ['a well-formed width', { query: 'w=32' }],
  ['a request for the blurhash', { query: 'blur=true' }],
  ['a parameter of nobody', { query: 'utm_source=mail' }],
  ['all of it', { headers: () => ({ Range: 'bytes=5-', 'If-None-Match': '*' }), query: 'q=0' }],
];
const METHODS = ['GET', 'HEAD'] as const;

const REFUSALS: readonly (readonly [string, number, string, string, (g: Gallery) => string])[] = [
  [
    'a private image without a token',
    403,
    TOKEN_MISSING,
    'signed_token_required',
    (g) => g.closed.url,
  ],
  [
    'a private image with nonsense as token',
    403,
    TOKEN_INVALID,
    'serve_token_invalid',
    (g) => withToken(g.closed.url, 'nonsense'),
  ],
  [
    'a private image with an empty token',
    403,
    TOKEN_INVALID,
    'serve_token_invalid',
    (g) => withToken(g.closed.url, ''),
  ],
  [
    'a private image with another image’s token',
    403,
    TOKEN_INVALID,
    'serve_token_invalid',
    (g) => g.signedUrl.replace(g.closed.key, another),
  ],
  [
    'an unknown key',
    404,
    NOT_FOUND,
    'image_not_found',
    (g) => `${g.server.url}/${g.project}/zzzzzzzzzz-none.jpg`,
  ],
  [
    'an unknown key with a token',
    404,
    NOT_FOUND,
    'image_not_found',
    (g) => g.signedUrl.replace(g.closed.key, 'zzzzzzzzzz-none.jpg'),
  ],
  [
    'an unknown project',
    404,
    NOT_FOUND,
    'image_not_found',
    (g) => `${g.server.url}/nobody/${g.closed.key}`,
  ],
  [
    'an unknown project with a token',
    404,
    NOT_FOUND,
    'image_not_found',
    (g) => g.signedUrl.replace(`/${g.project}/`, '/nobody/'),
  ],
];

describe.each(REFUSALS)('%s is a %i', (_name, status, body, code, address) => {
  describe.each(METHODS)('to %s', (method) => {
    it.each(ADDITIONS)('with any addition: %s', async (_addition, { headers, query = '' }) => {
      const url = withQuery(address(gallery), query);
      const reply = await ask(url, { method, headers: { ...headers?.() } });
      expect(reply.status).toBe(status);
      expect(reply.headers['x-aura-error']).toBe(code);
      expect(reply.headers['cache-control']).toBe('no-store');
      expect(reply.body.toString()).toBe(method === 'GET' ? body : '');
      expect(reply.headers['content-length']).toBe(String(body.length));
      // Nothing about the image itself: neither its tag, its size nor its type.
      expect(reply.headers.etag).toBeUndefined();
      expect(reply.headers['content-range']).toBeUndefined();
      expect(reply.headers['accept-ranges']).toBeUndefined();
      expect(reply.headers['content-type']).toBe('application/json');
    });
  });
});

const READABLE: readonly (readonly [string, (g: Gallery) => string])[] = [
  ['a public image', (g) => g.open.url],
  ['a public image with nonsense as token', (g) => withToken(g.open.url, 'nonsense')],
  ['a public image with an empty token', (g) => withToken(g.open.url, '')],
  ['a public image with two tokens', (g) => `${withToken(g.open.url, 'a')}&token=b`],
  ['a public image with a private one’s token', (g) => withToken(g.open.url, tokenOf(g))],
  ['a private image with its token', (g) => g.signedUrl],
  ['a private image with its token and unknown parameters', (g) => `${g.signedUrl}&a=1&b`],
];

/** After the access check, in this order: malformed, not modified, range, whole. */
describe.each(READABLE)('%s', (_name, address) => {
  const cases: readonly (readonly [string, string, () => object, number, number])[] = [
    ['the whole', '', () => ({}), 200, 200],
    ['a range', '', () => ({ Range: 'bytes=0-9' }), 206, 200],
    ['a range past the end', '', () => ({ Range: 'bytes=99999999-' }), 416, 200],
    ['the tag that it has', '', () => ({ 'If-None-Match': etag }), 304, 304],
    ['its tag before a range', '', () => ({ 'If-None-Match': etag, Range: 'bytes=0-' }), 304, 304],
    ['another tag', '', () => ({ 'If-None-Match': '"other"' }), 200, 200],
    ['a malformed width', 'w=wide', () => ({}), 400, 400],
    ['a malformed width and its tag', 'w=0', () => ({ 'If-None-Match': etag }), 400, 400],
    ['a well-formed width', 'w=32', () => ({}), 200, 200],
    ['a well-formed width and a range', 'h=9', () => ({ Range: 'bytes=99999999-' }), 416, 200],
    ['its blurhash', 'blur=true', () => ({}), 200, 200],
    ['no blurhash', 'blur=false', () => ({}), 200, 200],
  ];
  it.each(cases)('%s', async (_case, query, headers, get, head) => {
    const url = withQuery(address(gallery), query);
    const statuses = await Promise.all(
      METHODS.map(async (method) => (await ask(url, { method, headers: { ...headers() } })).status),
    );
    expect(statuses).toEqual([get, head]);
  });
});

describe('a malformed parameter', () => {
  const values: readonly (readonly [parameter: string, value: string])[] = [
    ...['', '0', '-1', '1.5', '1e3', '+5', ' 5', '0x10', 'wide', '٣', '1%00'].flatMap((value) => [
      ['w', value] as const,
      ['h', value] as const,
      ['q', value] as const,
    ]),
    ['q', '101'],
    ['fit', 'stretch'],
    ['fit', 'COVER'],
    ['fmt', 'svg'],
    ['fmt', ''],
    ['lqip', '1'],
    ['blur', 'yes'],
    ['blur', 'true&blur=true'],
    ['w', '5&w=6'],
  ];
  it.each(values)('%s=%s is a 400 that names it', async (parameter, value) => {
    const text = value.includes('&') || value.includes('%') ? value : encodeURIComponent(value);
    const reply = await ask(withQuery(gallery.open.url, `${parameter}=${text}`));
    expect(reply.status).toBe(400);
    expect(reply.headers['x-aura-error']).toBe('transform_malformed');
    expect(reply.body.toString()).toContain(`\\"${parameter}\\"`);
  });

  it.each(['w=99999', 'h=8193', 'q=100', 'fit=face', 'fmt=avif', 'lqip=true'])(
    '%s is none',
    async (query) => {
      const reply = await ask(withQuery(gallery.open.url, query));
      expect(reply.status).toBe(200);
    },
  );
});

function tokenOf({ signedUrl }: Gallery): string {
  return String(new URL(signedUrl).searchParams.get('token'));
}
