import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import type { TestServer } from '../harness/server.js';
import { until } from '../heavy/support/until.js';
import { readMetrics } from './support/metrics.js';
import { type OpenRequests, openRequests } from './support/open-requests.js';
import { ask } from './support/serve-request.js';
import { childrenOf } from './support/transform-processes.js';
import {
  addShot,
  askUntil,
  cacheOf,
  lookAt,
  openStudio,
  verdictOf,
} from './support/transform-studio.js';

describe('a full queue', { timeout: 60_000 }, () => {
  let server: TestServer;
  let open: OpenRequests | undefined;

  beforeAll(async () => {
    server = await openStudio({ env: { AURA_IMAGE_JOBS: '1' } });
  });
  afterAll(() => server?.kill());
  afterEach(() => open?.abort());

  const countJobs = async () =>
    (await readMetrics(server)).sum('aura_image_job_duration_seconds_count');

  it('refuses more, serves existing variants, and accepts uploads; disconnected clients free their places', async () => {
    const large = await drawing(700, 500).jpeg().toBuffer();
    const slow = await addShot(server, large, 'private');
    const quick = await addShot(server, await drawing(64, 48).png().toBuffer(), 'public');
    await ask(quick.of('w=20'));
    const before = await countJobs();
    // No job ends until the queue was looked at.
    const children = await childrenOf(server.process.pid);
    for (const child of children) process.kill(child, 'SIGSTOP');

    const urls = Array.from({ length: 120 }, (_, index) =>
      slow.of(`w=${700 - index}&fmt=avif&q=100`),
    );
    open = openRequests(urls);
    const { answers } = open;
    const busy = await until(
      'a refusal',
      () => answers.find(({ verdict }) => verdict !== '200') ?? null,
    );
    expect(busy.verdict).toBe('503 engine_busy');
    expect(Number(busy.retryAfter)).toBeGreaterThanOrEqual(1);

    expect(cacheOf(await ask(quick.of('w=20')))).toBe('HIT');
    expect(verdictOf(await ask(slow.of('')))).toBe('200');
    const refused = await ask(quick.of('w=21'));
    expect(verdictOf(refused)).toBe('503 engine_busy');
    expect(refused.headers['cache-control']).toBe('no-store');
    for (const child of children) process.kill(child, 'SIGCONT');
    const added = await addShot(server, await drawing(64, 48).png().toBuffer(), 'public');
    expect(added.key).toMatch(/photo\.png$/);

    open.abort();
    const after = await askUntil(quick.of('w=21'), ({ status }) => status === 200);
    expect(await lookAt(after)).toMatchObject({ width: 21, height: 16 });
    // The queue was not worked off: their disconnect has freed it.
    expect((await countJobs()) - before).toBeLessThan(32);
    for (const { verdict } of answers) expect(['200', '503 engine_busy']).toContain(verdict);
  });

  it('a variant without waiting clients is not made; one with another waiting client is', async () => {
    const large = await drawing(1200, 800).jpeg().toBuffer();
    const { of } = await addShot(server, large, 'public');
    open = openRequests([of('w=1200&fmt=avif&q=100'), of('w=1199&fmt=avif&q=100')]);
    const stays = ask(of('w=1199&fmt=avif&q=100'));
    await ask(of('')); // gives the open requests time to arrive
    open.abort();
    expect(verdictOf(await stays)).toBe('200');
    expect(cacheOf(await ask(of('w=1199&fmt=avif&q=100')))).toBe('HIT');
  });
});
