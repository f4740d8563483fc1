import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pictures } from '../files/pictures.js';
import { unsupported } from '../files/unsupported.js';
import { startTestServer, type TestServer } from '../harness/server.js';
import { postUpload, upload } from '../harness/upload.js';
import { METRICS_TOKEN, readMetrics, type Sample } from './support/metrics.js';
import { uploadHead } from './support/upload-form.js';
import { openRaw } from './support/upload-raw.js';

let server: TestServer;
let before: Sample;
let after: Sample;

beforeAll(async () => {
  server = await startTestServer({ env: { AURA_METRICS_TOKEN: METRICS_TOKEN } });
  before = await readMetrics(server);
  const jpeg = await pictures.jpeg();
  const shut = await upload(server, jpeg, 'private');
  const open = await upload(server, jpeg, 'public');
  await postUpload(server.url, await server.aura.signUpload(), unsupported.svg);
  const signed = await server.aura.getSignedUrl(shut.key);
  for (const address of [signed, shut.url, open.url, open.url, `${open.url}?w=9&fmt=webp`]) {
    await (await fetch(address)).arrayBuffer();
  }
  after = await readMetrics(server);
});

afterAll(() => server?.kill());

/** By how much a metric has grown. */
function grown(name: string, labels: Readonly<Record<string, string>> = {}): number {
  return after.sum(name, labels) - before.sum(name, labels);
}

describe('the metrics', () => {
  it.each([
    ['aura_requests_total', { route: '/v1/upload', method: 'POST', status: '201' }, 2],
    ['aura_request_duration_seconds_count', { route: '/v1/upload', outcome: 'ok' }, 2],
    ['aura_request_duration_seconds_count', { route: '/v1/upload', outcome: 'refused' }, 1],
    ['aura_request_duration_seconds_count', { route: '/{project}/{key}', outcome: 'ok' }, 4],
    ['aura_error_responses_total', { route: '/v1/upload', code: 'type_not_allowed' }, 1],
    ['aura_error_responses_total', { route: '/{project}/{key}', code: 'signed_token_required' }, 1],
    ['aura_serve_refusals_total', { reason: 'missing' }, 1],
    ['aura_cache_responses_total', { outcome: 'HIT' }, 1],
    ['aura_cache_responses_total', { outcome: 'MISS' }, 2],
    ['aura_cache_responses_total', { outcome: 'BYPASS' }, 1],
    ['aura_upload_size_bytes_count', {}, 2],
    ['aura_upload_receive_duration_seconds_count', { outcome: 'ok' }, 2],
    ['aura_upload_receive_duration_seconds_count', { outcome: 'refused' }, 1],
    ['aura_image_job_wait_seconds_count', { task: 'inspect' }, 2],
    [
      'aura_image_job_duration_seconds_count',
      { task: 'inspect', format: 'jpeg', outcome: 'ok' },
      2,
    ],
    ['aura_image_job_duration_seconds_count', { task: 'render', format: 'webp', outcome: 'ok' }, 1],
    ['aura_store_operation_duration_seconds_count', { operation: 'commit' }, 2],
    ['aura_store_operation_duration_seconds_count', { outcome: 'missing' }, 0],
    ['aura_database_operation_duration_seconds_count', { operation: 'images.insert' }, 2],
    ['aura_cache_entries', { tier: 'memory' }, 2],
    ['aura_image_jobs_waiting', {}, 0],
    ['aura_image_jobs_running', {}, 0],
    ['aura_deletions_pending', {}, 0],
    ['aura_webhook_deliveries_pending', {}, 0],
    ['aura_webhook_requests_total', {}, 0],
    ['aura_store_retries_total', {}, 0],
    ['aura_draining', {}, 0],
    ['aura_background_failures_total', {}, 0],
  ] as const)('%s %o', (name, labels, by) => expect(grown(name, labels)).toBe(by));

  it('count page loads by project, of pages of any site and type, and tell nothing', async () => {
    const { projectName } = server.credentials;
    const send = (body: string, type = 'text/plain;charset=UTF-8') =>
      fetch(`${server.url}/v1/telemetry`, {
        method: 'POST',
        headers: { Origin: 'https://shop.example', ...(type && { 'Content-Type': type }) },
        body,
      });
    const report = (change: object = {}) =>
      JSON.stringify({ lcp: 2400, projectName, pathname: '/a', ...change });
    const accepted = [
      await send(report()),
      await send(report({ lcp: 700.5, pathname: undefined }), 'application/json'),
      await send(report({ projectName: 'no-such-app' })),
      await send(report({ projectName: '../x' })),
    ];
    for (const response of accepted) {
      expect([response.status, await response.text()]).toEqual([204, '']);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
    const refused = [
      '{',
      '[]',
      report({ lcp: -1 }),
      report({ lcp: 600_001 }),
      report({ lcp: '1' }),
    ];
    for (const body of refused) expect((await send(body)).status).toBe(400);
    expect((await send(report({ pathname: 'x'.repeat(4096) }))).status).toBe(413);
    const preflight = await fetch(`${server.url}/v1/telemetry`, {
      method: 'OPTIONS',
      headers: { Origin: 'https://shop.example', 'Access-Control-Request-Method': 'POST' },
    });
    expect(preflight.headers.get('access-control-allow-headers')).toBe('Content-Type');
    const { sum, text } = await readMetrics(server);
    expect(sum('aura_page_lcp_seconds_count')).toBe(2);
    expect(sum('aura_page_lcp_seconds_count', { project: projectName })).toBe(2);
    expect(sum('aura_page_lcp_seconds_bucket', { project: projectName, le: '2' })).toBe(1);
    expect(text).not.toContain('no-such-app');
    expect(server.log()).not.toContain('2400');
  });

  it('count in base units', async () => {
    const { size } = await upload(server, await pictures.jpeg(), 'public');
    const { sum } = await readMetrics(server);
    expect(sum('aura_upload_size_bytes_sum') - after.sum('aura_upload_size_bytes_sum')).toBe(size);
    expect(grown('aura_cache_bytes', { tier: 'memory' })).toBeGreaterThan(size);
    expect(sum('aura_cache_limit_bytes', { tier: 'memory' })).toBe(64 * 1024 * 1024);
    expect(grown('aura_request_duration_seconds_sum', { route: '/v1/upload' })).toBeLessThan(60);
    expect(grown('aura_sent_bytes_total')).toBeGreaterThanOrEqual(3 * size);
  });

  it('count an upload whose client disconnected as 499', async () => {
    const { aura, url } = server;
    const sending = openRaw(url);
    const fields = { 'Content-Length': 100_000, Expect: '100-continue' };
    sending.send(uploadHead(await aura.signUpload(), fields));
    await sending.invited;
    sending.cut();
    const labels = { route: '/v1/upload', method: 'POST' };
    const counted = async (status: string) =>
      (await readMetrics(server)).sum('aura_requests_total', { ...labels, status });
    await expect.poll(() => counted('499')).toBe(1);
    expect(await counted('200')).toBe(0);
  });

  it('have histogram buckets in order, the last of which counts everything', () => {
    const route = { route: '/{project}/{key}', outcome: 'ok' };
    const counts = ['0.001', '0.1', '60', '+Inf'].map((le) =>
      after.sum('aura_request_duration_seconds_bucket', { ...route, le }),
    );
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(counts.at(-1)).toBe(after.sum('aura_request_duration_seconds_count', route));
  });

  it('include build information and metrics of Node', () => {
    expect(after.sum('aura_build_info', { node: process.version })).toBe(1);
    expect(after.sum('aura_requests_in_flight')).toBe(1);
    expect(after.sum('aura_connections_open')).toBeGreaterThan(0);
    expect(after.sum('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(after.types.has('nodejs_eventloop_lag_seconds')).toBe(true);
  });
});
