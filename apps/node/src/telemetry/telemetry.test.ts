import {
  EngineBusyError,
  type ImageEngine,
  InvalidCursorError,
  StorageFullError,
  StorageUnavailableError,
} from '@auraimage/ports';
import { AggregatorRegistry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { createMetrics, type Metrics } from './metrics.js';
import { observeEngine } from './observed-engine.js';
import { observeBudget, observeObjects, observeRecords } from './observed-ports.js';

const JOB = {
  type: 'image/jpeg',
  scaled: { width: 1, height: 1 },
  format: 'webp',
  quality: 80,
  effort: 'fast',
} as const;
const BODY = { length: 0, stream: () => new ReadableStream<Uint8Array>() };

let metrics: Metrics;
beforeEach(() => {
  metrics = createMetrics();
});

/** The lines of the metrics that begin so, without those of the buckets. */
async function shown(start: string): Promise<string[]> {
  const lines = (await metrics.registry.metrics()).split('\n');
  return lines.filter((line) => line.startsWith(start) && !/_(?:bucket|sum)\b/.test(line));
}

describe('observeEngine', () => {
  type Render = ImageEngine['render'];
  const rendering = (render: Render, options: Parameters<Render>[2] = {}) => {
    const never = () => Promise.reject(new Error('not asked'));
    const engine = {
      version: '1',
      thoroughFormats: new Set<never>(),
      inspect: never,
      findFocus: never,
      findBorder: never,
      removeMetadata: never,
      render,
    };
    const observed = observeEngine(engine, { metrics });
    return observed.render(BODY, JOB, options);
  };
  const begun =
    (outcome: Awaited<ReturnType<Render>>): Render =>
    async (_body, _job, { onBegin }) => {
      onBegin?.();
      return outcome;
    };

  it('distinguishes broken files from its own failures', async () => {
    await rendering(begun({ ok: false, code: 'image_not_decodable' }));
    await rendering(begun({ ok: false, code: 'render_failed' }));
    expect(await shown('aura_image_job_duration')).toEqual([
      'aura_image_job_duration_seconds_count{task="render",format="webp",outcome="refused"} 1',
      'aura_image_job_duration_seconds_count{task="render",format="webp",outcome="failed"} 1',
    ]);
  });

  it('counts waiting, running and refused jobs', async () => {
    let begin = () => {};
    let end = () => {};
    const job = rendering(
      (_body, _job, { onBegin }) =>
        new Promise((resolve) => {
          begin = () => onBegin?.();
          end = () => resolve({ ok: false, code: 'render_failed' });
        }),
    );
    const counts = async () => [
      ...(await shown('aura_image_jobs_waiting{task="render"}')),
      ...(await shown('aura_image_jobs_running{task="render"}')),
    ];
    const lines = (waiting: number, running: number) => [
      `aura_image_jobs_waiting{task="render"} ${waiting}`,
      `aura_image_jobs_running{task="render"} ${running}`,
    ];
    expect(await counts()).toEqual(lines(1, 0));
    begin();
    expect(await counts()).toEqual(lines(0, 1));
    end();
    await job;
    const busy = rendering(() => Promise.reject(new EngineBusyError()));
    await expect(busy).rejects.toThrow(EngineBusyError);
    expect(await counts()).toEqual(lines(0, 0));
    expect(await shown('aura_image_jobs_refused_total')).toEqual([
      'aura_image_jobs_refused_total{task="render"} 1',
    ]);
  });

  it('counts no refusal of a re-encode, which no client meets', async () => {
    const busy = rendering(() => Promise.reject(new EngineBusyError()), { idle: true });
    await expect(busy).rejects.toThrow(EngineBusyError);
    expect(await shown('aura_image_jobs_refused_total')).toEqual([]);
    await rendering(begun({ ok: false, code: 'render_failed' }), { idle: true });
    expect(await shown('aura_image_job_duration')).toEqual([
      'aura_image_job_duration_seconds_count{task="reencode",format="webp",outcome="failed"} 1',
    ]);
  });

  it('passes on whom an inspection is for', async () => {
    let given: unknown;
    const engine = {
      version: '1',
      thoroughFormats: new Set<never>(),
      render: () => Promise.reject(new Error('not asked')),
      findFocus: () => Promise.reject(new Error('not asked')),
      findBorder: () => Promise.reject(new Error('not asked')),
      removeMetadata: () => Promise.reject(new Error('not asked')),
      inspect: async (...[, , options]: Parameters<ImageEngine['inspect']>) => {
        given = options;
        return { ok: false, code: 'image_not_decodable' } as const;
      },
    };
    const observed = observeEngine(engine, { metrics });
    await observed.inspect(BODY, 'image/png', { project: 'my-app', client: '192.0.2.1' });
    expect(given).toMatchObject({ project: 'my-app', client: '192.0.2.1' });
  });
});

describe('observeBudget', () => {
  it('counts what is refused, by the bound', async () => {
    const refusal = { bound: 'client', retryAfterSeconds: 9 } as const;
    const budget = { check: async () => refusal, spend: async () => {} };
    const work = { project: 'my-app', signed: false };
    const observed = observeBudget(budget, { metrics });
    expect(await observed.check(work)).toEqual(refusal);
    expect(await observed.check({ ...work, client: '' })).toEqual(refusal);
    expect(await shown('aura_encode_limit_reached_total')).toEqual([
      'aura_encode_limit_reached_total{bound="client"} 1',
    ]);
  });
});

describe('observeObjects', () => {
  it('counts a chunk that does not fit on the disk', async () => {
    const full = new StorageFullError('full');
    const never = () => Promise.reject(new Error('not asked'));
    const draft = {
      write: () => Promise.reject(full),
      readBack: never,
      commit: never,
      discard: async () => {},
    };
    const objects = { create: async () => draft, read: never, remove: never, ping: never };
    const observed = observeObjects(objects, { metrics });
    const { write } = await observed.create();
    await expect(write(new Uint8Array(1))).rejects.toBe(full);
    expect(await shown('aura_store_operation')).toEqual([
      'aura_store_operation_duration_seconds_count{operation="create",outcome="ok"} 1',
      'aura_store_operation_duration_seconds_count{operation="write",outcome="full"} 1',
    ]);
  });
});

describe('observeRecords', () => {
  it('returns the result of an operation and counts its outcome', async () => {
    const away = new StorageUnavailableError('away');
    const records = {
      find: async (id: string) => `found ${id}`,
      remove: (): Promise<void> => Promise.reject(away),
      list: (): Promise<void> => Promise.reject(new InvalidCursorError()),
    };
    const observed = observeRecords('images', records, { metrics });
    expect(await observed.find('a')).toBe('found a');
    await expect(observed.remove()).rejects.toBe(away);
    await expect(observed.list()).rejects.toThrow(InvalidCursorError);
    expect(await shown('aura_database_operation')).toEqual([
      'aura_database_operation_duration_seconds_count{operation="images.find",outcome="ok"} 1',
      'aura_database_operation_duration_seconds_count{operation="images.remove",outcome="unavailable"} 1',
      'aura_database_operation_duration_seconds_count{operation="images.list",outcome="refused"} 1',
    ]);
  });
});

describe('an operation that needs no promise', () => {
  it('gets none, and is counted like the others', async () => {
    const records = {
      find: (): string => 'found',
      remove: (): string => {
        throw new StorageUnavailableError('away');
      },
      onEvents: () => () => {},
    };
    const observed = observeRecords('images', records, { metrics });
    expect(observed.find()).toBe('found');
    expect(() => observed.remove()).toThrow(StorageUnavailableError);
    observed.onEvents();
    expect(await shown('aura_database_operation')).toEqual([
      'aura_database_operation_duration_seconds_count{operation="images.find",outcome="ok"} 1',
      'aura_database_operation_duration_seconds_count{operation="images.remove",outcome="unavailable"} 1',
    ]);
  });
});

describe('the metrics of several processes', () => {
  it('are aggregated: counters are summed, states take the maximum', async () => {
    const other = createMetrics();
    for (const one of [metrics, other]) {
      one.requests.inc({ route: 'serve', method: 'GET', status: 200 });
      one.requestSeconds.observe({ route: 'serve', outcome: 'ok' }, 0.3);
      one.onCollect(() => one.inFlight.set(3));
    }
    other.draining.set(1);
    const both = await Promise.all(
      [metrics, other].map(({ registry }) => registry.getMetricsAsJSON()),
    );
    const text = await AggregatorRegistry.aggregate(both).metrics();
    const lines = text.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'aura_requests_total{route="serve",method="GET",status="200"} 2',
        'aura_request_duration_seconds_bucket{route="serve",outcome="ok",le="0.1"} 0',
        'aura_request_duration_seconds_bucket{route="serve",outcome="ok",le="0.5"} 2',
        'aura_request_duration_seconds_bucket{route="serve",outcome="ok",le="+Inf"} 2',
        'aura_request_duration_seconds_sum{route="serve",outcome="ok"} 0.6',
        'aura_requests_in_flight 6',
        'aura_draining 1',
      ]),
    );
  });
});
