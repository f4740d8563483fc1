import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { pictures } from '../files/pictures.js';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import { postUpload, type Uploaded } from '../harness/upload.js';
import { type CollectedSpan, type Collector, startCollector } from './support/collector.js';
import { ask } from './support/serve-request.js';

const COLLECTOR_KEY = 'key-of-the-collector';
/** The trace context that a proxy of this machine sends. */
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const TRACEPARENT = `00-${TRACE}-b7ad6b7169203331-01`;

describe('traces', () => {
  let collector: Collector;
  let server: TestServer;
  let spans: readonly CollectedSpan[];
  const hidden = new Set<string>();

  beforeAll(async () => {
    collector = await startCollector();
    server = await startTestServer({
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${COLLECTOR_KEY}`,
        OTEL_SERVICE_NAME: 'pictures-of-a-test',
        AURA_TRUSTED_PROXIES: '127.0.0.1',
      },
    });
    const { url, aura, credentials } = server;
    const token = await aura.signUpload({ visibility: 'private' });
    const sent = await postUpload(url, token, await pictures.jpeg(), 'photo.jpg', {
      traceparent: TRACEPARENT,
    });
    const { key, url: address } = (await sent.json()) as Uploaded;
    const signed = await aura.getSignedUrl(key);
    for (const text of [token, new URL(signed).searchParams.get('token') ?? '']) {
      for (const part of [text, ...text.split('.')]) hidden.add(part);
    }
    hidden.add(credentials.secretKey).add(credentials.serveSecret);
    await ask(`${signed}&w=20&fmt=webp`, {
      from: '127.0.0.2',
      headers: { traceparent: TRACEPARENT },
    });
    await ask(address);
    // Places where people put a token by mistake.
    for (const text of [token, credentials.secretKey]) {
      await ask(`${url}/${text}/${key}`);
      await ask(`${url}/v1/images/${credentials.projectName}/${text}`, {
        method: 'PATCH',
        headers: { Authorization: `Bearer ${text}`, traceparent: text },
      });
    }
    await ask(`${url}/health`);
    expect(await server.stop()).toBe(0); // remaining spans are sent before the end
    spans = collector.spans();
  });
  afterAll(async () => {
    await server?.kill();
    await collector?.close();
  });

  const one = (wanted: (span: CollectedSpan) => boolean): CollectedSpan => {
    const found = spans.filter(wanted);
    expect(found).toHaveLength(1);
    return found[0] as CollectedSpan;
  };
  const childrenOf = ({ spanId }: CollectedSpan) =>
    spans.filter(({ parentSpanId }) => parentSpanId === spanId);
  /** A span and its descendants, by names. */
  const treeOf = (span: CollectedSpan): object =>
    Object.fromEntries(childrenOf(span).map((child) => [child.name, treeOf(child)]));

  it('show an upload step by step, in the trace that a trusted proxy names', () => {
    const upload = one(({ traceId, name }) => traceId === TRACE && name === 'POST /v1/upload');
    expect(upload.parentSpanId).toBe('b7ad6b7169203331');
    expect(upload.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/v1/upload',
      'http.response.status_code': 201,
      'url.path': '/v1/upload',
    });
    expect(treeOf(upload)).toEqual({
      authorize: { 'database projects.uploadPolicy': {} },
      'masters create': {},
      receive: { 'upload body': {} },
      inspect: { 'image queue': {}, 'image inspect': {} },
      store: { 'masters commit': {}, 'database images.insert': {} },
      // Of the receipt.
      'database receiptKeys.signingKey': {},
    });
  });

  it('show a read step by step, in a new trace for an untrusted client', () => {
    const read = one(
      ({ name, attributes }) =>
        name === 'GET /{project}/{key}' &&
        attributes['http.response.status_code'] === 200 &&
        attributes['url.path'] !== new URL(server.sample.signed).pathname,
    );
    expect([read.traceId === TRACE, read.parentSpanId]).toEqual([false, undefined]);
    const tree = treeOf(read);
    expect(Object.keys(tree)).toEqual(
      expect.arrayContaining(['locate', 'authorize', 'plan', 'variant', 'deliver']),
    );
    expect(tree).toMatchObject({
      locate: { 'database images.find': {} },
      variant: { 'masters read': {}, 'image queue': {}, 'image render': {} },
    });
  });

  it('show a refusal by its code, not as a server error', () => {
    const refused = one(
      ({ attributes }) =>
        attributes['error.type'] === 'signed_token_required' &&
        attributes['http.route'] === '/{project}/{key}',
    );
    expect(refused.attributes).toMatchObject({
      'http.response.status_code': 403,
      'aura.refusal': 'missing',
    });
    expect(spans.filter(({ isError }) => isError)).toEqual([]);
  });

  it('contain no token, secret or query string', () => {
    expect(spans.length).toBeGreaterThan(20);
    const raw = collector.raw();
    expect(raw).toContain(COLLECTOR_KEY); // as a header, for the collector itself
    expect(raw).toContain('{"key":"service.name","value":{"stringValue":"pictures-of-a-test"}}');
    for (const text of hidden) expect(raw).not.toContain(text);
    for (const { attributes } of spans) {
      for (const value of Object.values(attributes))
        expect(String(value)).not.toMatch(/[?]|sk_live/);
    }
    expect(server.log()).not.toContain(COLLECTOR_KEY);
  });

  it('leave out health checks', () => {
    expect(spans.filter(({ attributes }) => attributes['http.route'] === '/health')).toEqual([]);
  });

  it('are referenced by the log', () => {
    expect(server.log()).toMatch(new RegExp(`"traceId":"${TRACE}".*"route":"/v1/upload"`));
  });
});

describe.concurrent('a collector that is dead, or none', { timeout: 60_000 }, () => {
  it.each(['silent', 'closed'])(
    'hurts no request, and not the end of the server: %s',
    async (how) => {
      const collector = await startCollector({ silent: true });
      if (how === 'closed') await collector.close();
      const server = await startTestServer({
        env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
      });
      try {
        for (let i = 0; i < 5; i++) expect((await ask(server.sample.signed)).status).toBe(200);
        if (how === 'silent') {
          await vi.waitFor(() => expect(collector.spans()).not.toEqual([]), { timeout: 20_000 });
          expect((await ask(server.sample.signed)).status).toBe(200);
        }
        expect(await server.stop()).toBe(0);
      } finally {
        await server.kill();
        if (how === 'silent') await collector.close();
      }
    },
  );

  it('off: no tracing library is loaded', async () => {
    const folder = await temporaryFolder();
    const env = { NODE_V8_COVERAGE: folder }; // lists the loaded modules
    const server = await startTestServer({ env, program: 'built' });
    expect((await ask(server.sample.signed)).status).toBe(200);
    await server.stop();
    const files = await Promise.all(
      (await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')),
    );
    await removeFolder(folder);
    const loaded = files
      .flatMap((text) => (JSON.parse(text) as { result: { url: string }[] }).result)
      .map(({ url }) => url);
    expect(loaded.filter((url) => url.endsWith('/telemetry/request-observer.js'))).toHaveLength(1);
    const traces = /\/telemetry\/otel|\/@opentelemetry\/(?:sdk|exporter|otlp|core|resources)/;
    expect(loaded.filter((url) => traces.test(url))).toEqual([]);
  });
});
