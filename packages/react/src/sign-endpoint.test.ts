import { afterEach, describe, expect, it, vi } from 'vitest';
import { requestSignature } from './sign-endpoint.js';

const REQUEST = { filename: 'a.png', size: 5, type: 'image/png', visibility: 'private' } as const;
const { signal } = new AbortController();

function answering(answer: () => Response | Promise<Response>) {
  const asked = vi.fn<typeof fetch>(async () => answer());
  vi.stubGlobal('fetch', asked);
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

describe('the sign endpoint', () => {
  it.each(['signature', 'token'])(
    'receives the file facts, and its %s is the token',
    async (member) => {
      const asked = answering(() => Response.json({ [member]: 'a.token' }));
      expect(await requestSignature('/api/sign', REQUEST, signal)).toBe('a.token');
      const [url, init] = asked.mock.calls[0] ?? [];
      expect([url, init?.method, init?.signal]).toEqual(['/api/sign', 'POST', signal]);
      expect(init?.headers).toEqual({ 'Content-Type': 'application/json' });
      expect(JSON.parse(String(init?.body))).toEqual(REQUEST);
    },
  );

  it.each([
    ['no connection', () => Promise.reject(new TypeError('fetch failed')), 'network', true],
    ['401', () => new Response('', { status: 401 }), 'token', false],
    ['429', () => new Response('', { status: 429 }), 'rate_limited', true],
    ['502', () => new Response('', { status: 502 }), 'server', true],
    ['a page', () => new Response('<!doctype html>'), 'token', false],
    ['another answer', () => Response.json({ signature: 5 }), 'token', false],
    ['null', () => Response.json(null), 'token', false],
  ] as const)('fails by kind: %s', async (_, answer, kind, transient) => {
    answering(answer);
    await expect(requestSignature('/api/sign', REQUEST, signal)).rejects.toMatchObject({
      name: 'UploadError',
      kind,
      transient,
    });
  });

  it.each([
    ['7', 7],
    ['soon', undefined],
    ['-5', undefined],
  ])('says how long to wait: Retry-After: %s', async (value, retryAfterSeconds) => {
    answering(() => new Response('', { status: 429, headers: { 'Retry-After': value } }));
    await expect(requestSignature('/api/sign', REQUEST, signal)).rejects.toMatchObject({
      kind: 'rate_limited',
      retryAfterSeconds,
    });
  });
});
