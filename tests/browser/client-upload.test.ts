import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { startTestServer, type TestServer } from '../harness/server.js';
import { BROWSER_START_MS, sharedBrowser, type TestBrowser } from './support/browser.js';
import { watchForComplaints } from './support/complaints.js';
import { bundle, html, type PageServer, servePages } from './support/page-server.js';

describe('uploads from a page of another origin', () => {
  let browser: TestBrowser;
  let pages: PageServer;
  let server: TestServer;
  let silent: Server;
  let picture: number[];
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    browser = await sharedBrowser();
    pages = await servePages({
      '/': html('', '<script type="module" src="/client.js"></script>'),
      '/client.js': await bundle(new URL('pages/client-page.ts', import.meta.url)),
    });
    server = await startTestServer({ bounds: { uploadsPerProject: 10 } });
    silent = createServer((socket) => void socket.on('error', () => {})).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    picture = [...(await drawing(600, 400).png({ compressionLevel: 0 }).toBuffer())];
  }, BROWSER_START_MS);

  afterAll(async () => {
    await browser?.close();
    await pages?.close();
    await server?.kill();
    silent?.close();
  });

  beforeEach(async () => {
    page = await browser.newPage();
    complaints = watchForComplaints(page);
    await page.goto(pages.url);
    await page.waitForFunction(() => globalThis.client !== undefined);
  });

  it('reports progress and the result', async () => {
    const token = await server.aura.signUpload({ visibility: 'private' });
    const { result, fractions } = await page.evaluate(
      async ([url, token, bytes]) => {
        const fractions: number[] = [];
        const file = new File([new Uint8Array(bytes)], 'Foto vom Meer.png');
        const onProgress = ({ fraction }: { fraction: number }) => fractions.push(fraction);
        return { result: await client.uploadOne(file, { url, token, onProgress }), fractions };
      },
      [server.url, token, picture] as const,
    );
    expect(result.key).toMatch(/-foto-vom-meer\.png$/);
    expect(result).toMatchObject({ width: 600, height: 400, visibility: 'private' });
    expect([fractions[0], fractions.at(-1)]).toEqual([0, 1]);
    // More than the two ends: XMLHttpRequest has reported progress in between.
    expect(fractions.length).toBeGreaterThan(2);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    const stored = await fetch(await server.aura.getSignedUrl(result.key));
    expect([...new Uint8Array(await stored.arrayBuffer())]).toEqual(picture);
    expect(complaints).toEqual([]);
  });

  it('reads the error code and Retry-After of a refusal', async () => {
    const token = await server.aura.signUpload();
    const errors = await page.evaluate(
      async ([url, token]) => {
        const files = Array.from({ length: 15 }, () => new Blob(['no image']));
        const options = { url, token, maxAttempts: 1, maxDelayMs: 0 };
        const { errors } = await client.uploadMany(files, options);
        return [...errors.values()].map(({ kind, status, code, retryAfterSeconds = 0 }) => {
          return { kind, status, code, waits: retryAfterSeconds > 0 };
        });
      },
      [server.url, token] as const,
    );
    expect(errors).toHaveLength(15);
    expect(errors).toContainEqual({
      kind: 'rejected',
      status: 415,
      code: 'type_not_allowed',
      waits: false,
    });
    expect(errors).toContainEqual({
      kind: 'rate_limited',
      status: 429,
      code: 'rate_limited',
      waits: true,
    });
    expect(complaints).toEqual([]);
  });

  it('stops at once when aborted, and at its time limit without a response', async () => {
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const kinds = await page.evaluate(async (url) => {
      const leaving = new AbortController();
      const shared = { url, token: 'a.token', maxAttempts: 1 };
      const kindOf = (upload: Promise<unknown>) =>
        upload.then(
          () => 'done',
          (error: { kind: string }) => error.kind,
        );
      const file = new Blob(['bytes']);
      const aborted = kindOf(
        client.uploadOne(file, {
          ...shared,
          signal: leaving.signal,
          onProgress: () => setTimeout(() => leaving.abort()),
        }),
      );
      const tooLate = kindOf(client.uploadOne(file, { ...shared, attemptTimeoutMs: 100 }));
      return Promise.all([aborted, tooLate]);
    }, url);
    expect(kinds).toEqual(['aborted', 'network']);
  });
});
