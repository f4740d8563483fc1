import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { COUNTERS, GAUGES, HISTOGRAMS } from './catalogue.js';
import { type Counter, createCounter, createHistogram, type Histogram } from './instruments.js';

type Label<T extends { readonly labels: readonly string[] }> = T['labels'][number];
type Counters = { readonly [K in keyof typeof COUNTERS]: Counter<Label<(typeof COUNTERS)[K]>> };
type Histograms = {
  readonly [K in keyof typeof HISTOGRAMS]: Histogram<Label<(typeof HISTOGRAMS)[K]>>;
};
type Gauges = { readonly [K in keyof typeof GAUGES]: Gauge<Label<(typeof GAUGES)[K]>> };

/** The server's metrics. */
export interface Metrics extends Counters, Histograms, Gauges {
  /** Backs `/metrics`. prom-client's `AggregatorRegistry` aggregates the registries of several processes. */
  readonly registry: Registry;
  /** Registers an update that runs before the metrics are collected. It must be fast. */
  readonly onCollect: (update: () => void | Promise<void>) => void;
}

/** Creates the metrics of {@link COUNTERS}, {@link HISTOGRAMS} and {@link GAUGES}, and those of Node. */
export function createMetrics(): Metrics {
  const registry = createRegistry();
  collectDefaultMetrics({ register: registry });
  return {
    ...(mapValues(COUNTERS, (described) => createCounter(described, registry)) as Counters),
    ...(mapValues(HISTOGRAMS, (described) => createHistogram(described, registry)) as Histograms),
    ...(mapValues(
      GAUGES,
      ({ name, help, labels, aggregation }) =>
        new Gauge({
          name,
          help,
          labelNames: labels,
          aggregator: aggregation,
          registers: [registry],
        }),
    ) as Gauges),
    registry,
    onCollect: registry.onCollect,
  };
}

/** A registry that runs the updates before it is collected, as text or as JSON. */
function createRegistry(): Registry & Pick<Metrics, 'onCollect'> {
  const updates: (() => void | Promise<void>)[] = [];
  const update = () => Promise.allSettled(updates.map(async (work) => work()));
  const registry = new Registry();
  const metrics = registry.metrics.bind(registry);
  const getMetricsAsJSON = registry.getMetricsAsJSON.bind(registry);
  return Object.assign(registry, {
    onCollect: (work: () => void | Promise<void>) => void updates.push(work),
    metrics: () => update().then(metrics),
    getMetricsAsJSON: () => update().then(getMetricsAsJSON),
  });
}

function mapValues<T extends object, R>(
  members: T,
  make: (member: T[keyof T]) => R,
): Record<string, R> {
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, make(member)]));
}
