import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { dashboardRoutes, documentationRoutes } from '@auraimage/host';
import { createRouter, type Route } from '@auraimage/http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveFiles } from './static-files.js';

const PAGE = '<!doctype html><title>AuraImage</title>';

function askRoutes(routes: readonly Route[], path: string, init: RequestInit = {}) {
  return createRouter(routes).fetch(new Request(`http://localhost${path}`, init), {
    requestId: 'id-1',
    client: '::1',
    host: null,
    isOperator: () => false,
    isDisconnected: async () => false,
    facts: {},
  });
}

describe('the dashboard', () => {
  let parent: string;
  let folder: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'aura-dashboard-'));
    folder = join(parent, 'dist');
    await mkdir(join(folder, 'assets'), { recursive: true });
    await writeFile(join(parent, 'secret.txt'), 'secret');
    await writeFile(join(folder, 'index.html'), PAGE);
    await writeFile(join(folder, 'icon.svg'), '<svg/>');
    await writeFile(join(folder, 'assets', 'index-4f2a.js'), 'go();');
    await writeFile(join(folder, 'assets', 'index-4f2a.js.gz'), gzipSync('go();'));
  });
  afterEach(() => rm(parent, { recursive: true }));

  const ask = (path: string, init: RequestInit = {}) =>
    askRoutes(dashboardRoutes(serveFiles(folder), 'https://cdn.example/images'), path, init);

  it.each([
    '/dashboard',
    '/dashboard/',
    '/dashboard/projects/my-app/settings',
    '/dashboard/projects/my-app/images/abc123xyz0-photo.jpg',
    '/dashboard/setup?token=x',
    '/device',
  ])('serves the page at %s', async (path) => {
    const response = await ask(path);
    expect(await response.text()).toBe(PAGE);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(response.headers.get('x-request-id')).toBe('id-1');
  });

  it('serves cacheable files, compressed if the client accepts it', async () => {
    const plain = await ask('/dashboard/assets/index-4f2a.js');
    expect(await plain.text()).toBe('go();');
    expect(plain.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(plain.headers.get('content-type')).toMatch(/javascript/);
    const packed = await ask('/dashboard/assets/index-4f2a.js', {
      headers: { 'Accept-Encoding': 'gzip' },
    });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(packed.headers.get('vary')).toContain('Accept-Encoding');
    expect((await ask('/dashboard/icon.svg')).headers.get('cache-control')).toBe('no-cache');
  });

  it.each([
    '/dashboard/assets/none.js',
    '/dashboard/assets/none',
    '/dashboard/none.png',
    '/dashboard/assets/%2e%2e/%2e%2e/secret.txt',
    '/dashboard/..%2fsecret.txt',
    '/dashboard/assets/..%5c..%5csecret.txt',
  ])('answers 404 for %s', async (path) => {
    const response = await ask(path);
    expect(response.status).toBe(404);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).not.toContain('secret');
  });

  it.each(['/dashboard', '/dashboard/assets/index-4f2a.js', '/dashboard/none.js'])(
    'runs its own scripts alone and is framed by nobody: %s',
    async (path) => {
      const { headers } = await ask(path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy.split('; ')).toEqual(
        expect.arrayContaining([
          "default-src 'none'",
          "script-src 'self'",
          "style-src 'self'",
          "img-src 'self' blob: data: https://cdn.example",
          "connect-src 'self' https://cdn.example",
          "frame-ancestors 'none'",
          "base-uri 'none'",
        ]),
      );
      expect(policy).not.toContain('unsafe');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    },
  );

  it('is read only', async () => {
    for (const method of ['POST', 'DELETE', 'PUT', 'OPTIONS']) {
      const response = await ask('/dashboard', { method });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    }
    const head = await ask('/dashboard', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('explains what to do if it is not built', async () => {
    await rm(folder, { recursive: true });
    const response = await ask('/dashboard');
    expect(response.status).toBe(404);
    expect(await response.text()).toMatch(/npm run build/);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(response.headers.get('x-frame-options')).toBe('DENY');
  });
});

describe('the documentation', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aura-docs-'));
    await mkdir(join(folder, 'guides'));
    await mkdir(join(folder, 'assets'));
    const files = {
      'index.html': '<h1>AuraImage</h1>',
      'guides/react.html': '<h1>React</h1>',
      'guides/react.md': '# React',
      '404.html': '<h1>Page not found</h1>',
      'assets/docs-4f2a.css': 'a{}',
      'llms.txt': '# AuraImage',
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const ask = (path: string, init: RequestInit = {}) =>
    askRoutes(documentationRoutes(serveFiles(folder)), path, init);

  it.each([
    ['/docs', '<h1>AuraImage</h1>', 'text/html'],
    ['/docs/', '<h1>AuraImage</h1>', 'text/html'],
    ['/docs/guides/react', '<h1>React</h1>', 'text/html'],
    ['/docs/guides/react.md', '# React', 'text/markdown'],
    ['/llms.txt', '# AuraImage', 'text/plain'],
  ])('serves %s', async (path, text, type) => {
    const response = await ask(path);
    expect([response.status, await response.text()]).toEqual([200, text]);
    expect(response.headers.get('content-type')?.toLowerCase()).toBe(`${type}; charset=utf-8`);
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(response.headers.get('content-security-policy')).toContain("script-src 'self';");
  });

  it('serves cacheable files', async () => {
    const { headers } = await ask('/docs/assets/docs-4f2a.css');
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  });

  it.each(['/docs/none', '/docs/guides/none.md', '/docs/guides/..%2findex.html'])(
    'answers 404 with a page for %s',
    async (path) => {
      const response = await ask(path, { headers: { Range: 'bytes=0-3' } });
      expect([response.status, await response.text()]).toEqual([404, '<h1>Page not found</h1>']);
      expect(response.headers.get('content-range')).toBeNull();
      expect(response.headers.get('content-type')).toMatch(/^text\/html/);
      expect(response.headers.get('cache-control')).toBe('no-store');
    },
  );

  it('explains what to do if it is not built', async () => {
    await rm(join(folder, 'index.html'));
    const response = await ask('/docs');
    expect([response.status, await response.text()]).toEqual([
      404,
      expect.stringMatching(/npm run build/),
    ]);
  });
});
