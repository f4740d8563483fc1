import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createFetchSender, type FetchSenderOptions } from './sender.js';

const URL_OF_HOOK = 'https://hooks.example.com/aura?tenant=7';

const request = (url = URL_OF_HOOK, timeoutMs = 5000, signal?: AbortSignal) => ({
  url,
  headers: { 'content-type': 'application/json', 'webhook-id': 'msg_1' },
  body: '{"type":"image.uploaded","name":"Žofie"}',
  timeoutMs,
  ...(signal && { signal }),
});

const senderOf = (fetch: FetchSenderOptions['fetch'] & object) =>
  createFetchSender({ userAgent: 'AuraImage/test', fetch });

const answered = (body: BodyInit | null, init?: ResponseInit) =>
  senderOf(async () => new Response(body, init)).send(request());

describe('a webhook', () => {
  it('arrives as it was signed, and follows no redirect', async () => {
    const got: (readonly [string, RequestInit])[] = [];
    const sender = senderOf(async (...asked) => {
      got.push(asked);
      return new Response('thank you', {
        status: 307,
        headers: { 'retry-after': '1'.repeat(200) },
      });
    });
    const sent = request();
    expect(await sender.send(sent)).toEqual({
      ok: true,
      status: 307,
      retryAfter: '1'.repeat(100),
      bodyStart: 'thank you',
      milliseconds: expect.any(Number),
    });
    expect(got).toMatchObject([
      [
        URL_OF_HOOK,
        {
          method: 'POST',
          redirect: 'manual',
          body: sent.body,
          headers: { ...sent.headers, 'user-agent': 'AuraImage/test' },
        },
      ],
    ]);
  });

  it.each([
    ['http://hooks.example.com/', 'https_required'],
    ['ftp://hooks.example.com/', 'invalid_url'],
    ['nothing', 'invalid_url'],
    ['https://ada:secret@hooks.example.com/', 'credentials'],
    ['https://hooks.example.com:25/', 'port_refused'],
    ['https://169.254.169.254/', 'address_refused'],
    ['https://1.1.1.1/', 'address_refused'],
    ['https://0x7f.1/', 'address_refused'],
    ['https://2130706433/', 'address_refused'],
    ['https://[::1]/', 'address_refused'],
    ['https://[::ffff:10.0.0.1]/', 'address_refused'],
    ['https://localhost/', 'address_refused'],
    ['https://LOCALHOST./', 'address_refused'],
    ['https://api.localhost/', 'address_refused'],
    ['https://metadata.google.internal/', 'address_refused'],
    ['https://printer.local./', 'address_refused'],
    ['https://router.home.arpa/', 'address_refused'],
    ['https://intranet/', 'address_refused'],
    ['https://hooks.example.com:8443/', null],
    ['https://hooks.example.com./', null],
  ])('to %s: %s', async (url, problem) => {
    let asked = 0;
    const sender = senderOf(async () => {
      asked++;
      return new Response();
    });
    expect(await sender.problemOf(url)).toBe(problem);
    expect(await sender.send(request(url))).toMatchObject(
      problem === null ? { ok: true } : { ok: false, problem: 'address_refused' },
    );
    expect(asked).toBe(problem === null ? 1 : 0);
  });

  it('keeps the start of an answer, without control characters', async () => {
    const start = '\u0000\u001bé\n';
    expect(await answered(start + 'x'.repeat(5000))).toMatchObject({
      bodyStart: `\ufffd\ufffdé\n${'x'.repeat(1024 - 5)}`,
    });
    expect(await answered(`${'x'.repeat(1023)}é`)).toMatchObject({ bodyStart: 'x'.repeat(1023) });
    expect(await answered(null, { status: 204 })).toMatchObject({ status: 204, bodyStart: '' });
  });

  it('stops reading an answer that is endless, breaks off or takes too long', async () => {
    let cancelled = 0;
    const bodies = [
      { pull: (c: ReadableStreamDefaultController) => c.enqueue(new Uint8Array(100).fill(65)) },
      {
        start: (c: ReadableStreamDefaultController) => c.enqueue(new TextEncoder().encode('slow')),
        pull: () => new Promise<void>(() => {}),
      },
    ].map((source) => new ReadableStream({ ...source, cancel: () => void cancelled++ }));
    const [endless, slow] = await Promise.all(bodies.map((body) => answered(body)));
    expect(endless).toMatchObject({ bodyStart: 'A'.repeat(1024) });
    expect(slow).toMatchObject({ ok: true, bodyStart: 'slow' });
    expect(cancelled).toBe(2);
    const broken = new ReadableStream({
      pull: () => Promise.reject(new Error('reset')),
    });
    expect(await answered(broken)).toMatchObject({ ok: true, bodyStart: '' });
  });

  it('names what failed, and rejects for its signal', async () => {
    // The second is of workerd.
    for (const error of [new TypeError('fetch failed'), new Error('Network connection lost.')]) {
      const failing = senderOf(() => Promise.reject(error));
      expect(await failing.send(request())).toMatchObject({
        ok: false,
        problem: 'connection_failed',
      });
    }
    const silent = senderOf(async (_, { signal }) => {
      await wait(60_000, undefined, { signal: signal ?? undefined } as { signal: AbortSignal });
      return new Response();
    });
    expect(await silent.send(request(URL_OF_HOOK, 20))).toMatchObject({ problem: 'timeout' });
    const stopping = new AbortController();
    const sending = silent.send(request(URL_OF_HOOK, 5000, stopping.signal));
    stopping.abort(new Error('the server stops'));
    await expect(sending).rejects.toThrow('the server stops');
  });

  it('that arrived is not reported as one that did not, if its answer cannot be read', async () => {
    const locked = new Response('thank you');
    locked.body?.getReader();
    await expect(senderOf(async () => locked).send(request())).rejects.toThrow(TypeError);
  });
});
