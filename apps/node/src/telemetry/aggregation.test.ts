import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { aggregateMetrics } from './aggregation.js';

/** A worker that has counted so many reads and has so many open. */
function createWorker(reads: number, open: number) {
  const registers = [new Registry()];
  const counter = new Counter({ name: 'reads_total', help: '-', labelNames: ['route'], registers });
  const gauge = new Gauge({ name: 'open', help: '-', registers });
  const seconds = new Histogram({ name: 'read_seconds', help: '-', buckets: [1], registers });
  counter.inc({ route: 'serve' }, reads);
  gauge.set(open);
  for (let i = 0; i < reads; i++) seconds.observe(0.5);
  const ask = async () => JSON.parse(JSON.stringify(await registers[0]?.getMetricsAsJSON()));
  return { ask, read: () => counter.inc({ route: 'serve' }) };
}

describe('the metrics of several workers', () => {
  it('are summed as if one process had done everything', async () => {
    const metrics = aggregateMetrics();
    metrics.add(1, createWorker(2, 1).ask);
    metrics.add(2, createWorker(3, 4).ask);
    const { type, text } = await metrics.text();
    expect(type).toContain('text/plain');
    expect(text).toContain('reads_total{route="serve"} 5\n');
    expect(text).toContain('open 5\n');
    expect(text).toContain('read_seconds_bucket{le="1"} 5\n');
    expect(text).toContain('read_seconds_count 5\n');
    expect(text.match(/^# TYPE reads_total/gm)).toHaveLength(1);
  });

  it('keep the counters of exited workers, and drop their gauges', async () => {
    const metrics = aggregateMetrics();
    for (const reads of [2, 3, 4]) {
      metrics.add(1, createWorker(reads, 1).ask);
      await metrics.text();
      metrics.remove(1);
    }
    metrics.add(1, createWorker(1, 7).ask);
    const { text } = await metrics.text();
    expect(text).toContain('reads_total{route="serve"} 10\n');
    expect(text).toContain('read_seconds_count 10\n');
    expect(text).toContain('open 7\n');
  });

  it('use the last known metrics of a worker that does not answer', async () => {
    const metrics = aggregateMetrics();
    const worker = createWorker(2, 1);
    let answers = true;
    metrics.add(1, () => (answers ? worker.ask() : Promise.reject(new Error('hangs'))));
    await metrics.text();
    worker.read();
    answers = false;
    expect((await metrics.text()).text).toContain('reads_total{route="serve"} 2\n');
    answers = true;
    expect((await metrics.text()).text).toContain('reads_total{route="serve"} 3\n');
  });
});
