import { beforeAll, describe, expect, it } from 'vitest';
import { differs } from '../cloudflare/differences.js';
import { type Gallery, sharedGallery } from './support/serve-gallery.js';
import { rawRead } from './support/serve-raw.js';

let gallery: Gallery;
let token: string;

beforeAll(async () => {
  gallery = await sharedGallery();
  token = new URL(gallery.signedUrl).search;
});

/**
 * Paths that some server or proxy treats as equal to the image's path. `P` stands for the project, `K` for the key.
 * None of them may serve the image, neither a public one nor a private one with its token.
 */
const SPELLINGS: readonly (readonly [target: string, status: 400 | 404, code: string])[] = [
  ...[
    '/P%2FK',
    '/P%2fK',
    '/P%5CK',
    '/P\\K',
    '/P/K%00',
    '/P/%00K',
    '/P/K%00.png',
    '/P/K%20',
    '/P/K%0a',
    '/P/K%0d%0aX-Injected:%201',
    '/P/K%2e',
    '/P/K.',
    '/P/K%',
    '/P/K%2',
    '/P/K%zz',
    '/P/K%c0%ae',
    '/P/K%25',
    '/P/%2e/K',
    '/P/./K',
    '/./P/K',
    '/P/../P/K',
    '/P/%2e%2e/P/K',
    '/P/.%2E/P/K',
    '/P/%252e%252e/K',
    '/%252e%252e/P/K',
    '/P/..%2fK',
    '/P/..;/P/K',
    '/health/../P/K',
    '/v1/../P/K',
    '/P/K/..',
    '/P/K/.',
    '/../P/K',
    '/..%2f..%2f..%2fetc/passwd',
    '/P/../../../../etc/passwd',
    '/P/K;token=x',
    '/P/K;.jpg',
    '/P/K&w=5',
    '/P/K#x',
    '/P/K%23x',
    '/P/K%3Fx',
    '/P/"K"',
    '/P/{K}',
    '/P/K|',
    '/P/K^',
    '/P/`K`',
    '/P/<K>',
  ].map((target) => [target, 404, 'image_not_found|route_not_found'] as const),
  ...[
    '//P/K',
    '/P//K',
    '///P/K',
    '/P/K/',
    '/P/K//',
    '/P',
    '/P/',
    '//',
    '/K',
    '//images.test/P/K',
  ].map((target) => [target, 404, 'route_not_found|image_not_found'] as const),
  ...['/P/K\0', '/\0/P/K', '/P/K x', '/P/K\t', 'P/K', '/P/K\x7f', '/P/\xc3\xa9'].map(
    (target) => [target, 400, 'request_malformed'] as const,
  ),
  ...[
    'http://images.test/P/K',
    'https://images.test/P/K',
    'http://images.test',
    'ftp://x/P/K',
    '*',
  ].map((target) => [target, 404, 'image_not_found'] as const),
];

/** What workerd resolves before the Worker sees it. */
const RESOLVED = /[\\#]|\/(?:\.|%2e){1,2}(?:\/|$)/i;

/** Those that the server of the tests gets as they are sent. */
const spellings = SPELLINGS.filter(([target, status]) => {
  if (differs('paths') && RESOLVED.test(target)) return false;
  return !differs('http') || (status !== 400 && target.startsWith('/'));
});

/** Changes of the path's letters that do not touch its slashes. */
const BENT: readonly (readonly [string, (address: string) => string])[] = [
  ['in capitals', (a) => a.toUpperCase()],
  ['with one capital', (a) => a.replace('.jpg', '.Jpg')],
  ['with an escaped letter', (a) => a.replace('p', '%70')],
  ['with every letter escaped', (a) => a.replace(/[a-z0-9]/g, hex)],
  ['with a twice escaped letter', (a) => a.replace('p', '%2570')],
  ['with an escaped dot', (a) => a.replace('.jpg', '%2Ejpg')],
  ['with an escaped hyphen', (a) => a.replace('-', '%2d')],
  ['with a full-width letter', (a) => a.replace('p', encodeURIComponent('ｐ'))],
  ['with a Cyrillic letter', (a) => a.replace('p', encodeURIComponent('р'))],
  ['with a combining accent', (a) => a.replace('p', encodeURIComponent('p\u0301'))],
  ['with a zero-width space', (a) => a.replace('-', encodeURIComponent('\u200b-'))],
  ['with another hyphen', (a) => a.replace('-', encodeURIComponent('\u2010'))],
  ['with a one-dot leader', (a) => a.replace('.jpg', `${encodeURIComponent('\u2024')}jpg`)],
  ['with a full-width slash', (a) => `/${a.slice(1).replace('/', encodeURIComponent('／'))}`],
  ['with an overlong slash', (a) => `/${a.slice(1).replace('/', '%c0%af')}`],
  ['with another extension', (a) => a.replace('.jpg', '.png')],
  ['with an extension that names no output format', (a) => `${a}.gif`],
  ['with two more extensions', (a) => `${a}.png.png`],
  ['without its extension', (a) => a.replace('.jpg', '')],
  ['with a letter more', (a) => `${a}a`],
];

function hex(letter: string): string {
  return `%${letter.charCodeAt(0).toString(16)}`;
}

const IMAGES: readonly (readonly [string, (g: Gallery) => { key: string; query: string }])[] = [
  ['public', (g) => ({ key: g.open.key, query: '' })],
  ['private', (g) => ({ key: g.closed.key, query: token })],
];

describe.each(IMAGES)('a %s image', (_name, image) => {
  it('has exactly one path', async () => {
    const { key, query } = image(gallery);
    const { status, headers } = await rawRead(
      gallery.server.url,
      `/${gallery.project}/${key}${query}`,
    );
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('image/jpeg');
  });

  it.each(spellings)('%j is a %i', async (spelling, status, codes) => {
    const { key, query } = image(gallery);
    const target = spelling.replaceAll('P', gallery.project).replaceAll('K', key) + query;
    for (const method of ['GET', 'HEAD']) {
      const reply = await rawRead(gallery.server.url, target, method);
      expect(reply.status).toBe(status);
      expect(codes.split('|')).toContain(reply.headers.get('x-aura-error'));
      expect(reply.headers.get('cache-control')).toBe('no-store');
      expect(reply.headers.has('x-injected')).toBe(false);
      if (method === 'GET') expect(JSON.parse(reply.body)).toEqual({ message: expect.any(String) });
    }
  });

  it.each(BENT)('%s: unknown', async (_how, bend) => {
    const { key, query } = image(gallery);
    const { project, server } = gallery;
    for (const target of [bend(`/${project}/${key}`), `/${bend(project)}/${key}`]) {
      if (target === `/${project}/${key}`) continue;
      const reply = await rawRead(server.url, target + query);
      expect(reply.status, target).toBe(404);
      expect(reply.headers.get('cache-control'), target).toBe('no-store');
    }
  });

  it('has no other path in the API either', async () => {
    const { key, query } = image(gallery);
    const { project, server } = gallery;
    const targets = [
      `//${project}/${key}`,
      `/${project}%2f${key}`,
      `/${project}/./${key}`,
      `/x/../${project}/${key}`,
    ];
    for (const target of targets) {
      if (differs('paths') && RESOLVED.test(target)) continue;
      const reply = await rawRead(server.url, `/v1/blurhash${target}${query}`);
      expect(reply.status, target).toBe(404);
    }
  });
});

describe('a long URL', () => {
  const target = (length: number, between: string): string =>
    `/${gallery.project}/${gallery.open.key}${between}`.padEnd(length, 'a');

  it('of 8,192 characters is accepted', async () => {
    const { url } = gallery.server;
    expect((await rawRead(url, target(8192, '?a='))).status).toBe(200);
    expect((await rawRead(url, target(8192, ''))).status).toBe(404);
  });

  it.each(['', '?a=', '?token=', '?w=', '/', '%2f'])(
    'of one more with %j in it is a 414',
    async (between) => {
      for (const length of [8193, 12_000]) {
        const reply = await rawRead(gallery.server.url, target(length, between));
        expect(reply.status).toBe(414);
        expect(reply.headers.get('x-aura-error')).toBe('uri_too_long');
      }
    },
  );

  if (!differs('http'))
    it('that exceeds the header limit is a 431', async () => {
      for (const length of [20_000, 200_000]) {
        const reply = await rawRead(gallery.server.url, target(length, '?a='));
        expect(reply.status).toBe(431);
        expect(reply.headers.get('x-aura-error')).toBe('headers_too_large');
      }
    });

  it('with thousands of parameters or segments is answered', async () => {
    const { url } = gallery.server;
    const { key } = gallery.open;
    const many = `/${gallery.project}/${key}?${'a&'.repeat(2500)}`;
    expect((await rawRead(url, many)).status).toBe(200);
    expect((await rawRead(url, '/a'.repeat(4000))).status).toBe(404);
    expect((await rawRead(url, `/${'../'.repeat(2500)}etc/passwd`)).status).toBe(404);
  });
});

it('the server is healthy afterwards', async () => {
  expect((await rawRead(gallery.server.url, '/ready')).status).toBe(200);
});
