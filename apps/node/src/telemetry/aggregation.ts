import { AggregatorRegistry, type PrometheusContentType, type Registry } from 'prom-client';

/** The metrics of a process, as they are sent between processes. */
type Snapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** The metrics of all workers, aggregated as if they were one process. */
export interface AggregatedMetrics {
  /** Adds a worker; `fetch` gets its metrics. */
  add(worker: number, fetch: () => Promise<unknown>): void;
  /** Removes a worker that has exited. Its counters are kept: they never go down. */
  remove(worker: number): void;
  /** Everything in the Prometheus text format. */
  text(): Promise<{ readonly type: string; readonly text: string }>;
}

interface Source {
  readonly fetch: () => Promise<unknown>;
  last: Snapshot;
}

/** A worker that does not answer counts with its last known metrics. */
export function aggregateMetrics(): AggregatedMetrics {
  const sources = new Map<number, Source>();
  let exited: Promise<Snapshot> = Promise.resolve([]);

  const refresh = async (source: Source): Promise<void> => {
    try {
      source.last = (await source.fetch()) as Snapshot;
    } catch {
      // Keep the last known metrics.
    }
  };

  return {
    add(worker, fetch) {
      sources.set(worker, { fetch, last: [] });
    },
    remove(worker) {
      const removed = sources.get(worker);
      sources.delete(worker);
      if (removed === undefined) return;
      const counters = removed.last.filter(isCumulative);
      exited = exited.then((before) => sumOf([before, counters]).getMetricsAsJSON());
    },
    async text() {
      await Promise.all([...sources.values()].map(refresh));
      const before = await exited;
      const registry = sumOf([...[...sources.values()].map(({ last }) => last), before]);
      return { type: registry.contentType, text: await registry.metrics() };
    },
  };
}

/** Counters and histograms only grow, so they outlive their worker. Gauges do not. */
function isCumulative({ type }: Snapshot[number]): boolean {
  // The library's types say numbers; in a snapshot the types are words.
  return ['counter', 'histogram'].includes(String(type));
}

function sumOf(snapshots: readonly Snapshot[]) {
  // The library's types ask for a mutable array.
  return AggregatorRegistry.aggregate<PrometheusContentType>([...snapshots]);
}
