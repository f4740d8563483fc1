import { AggregatorRegistry, type PrometheusContentType, type Registry } from 'prom-client';

/** A process's metrics, as messages between processes carry them. */
type Snapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** The metrics of all workers as if they were one process. */
export interface GatheredMetrics {
  /** Makes a worker known, whose metrics `ask` gives. */
  add(worker: number, ask: () => Promise<unknown>): void;
  /** What a worker that is no more has counted is kept: sums never go down. */
  remove(worker: number): void;
  /** All of it in the format of Prometheus. */
  text(): Promise<{ readonly type: string; readonly text: string }>;
}

interface Source {
  readonly ask: () => Promise<unknown>;
  last: Snapshot;
}

/** A worker that does not answer counts with what it told last. */
export function gatherMetrics(): GatheredMetrics {
  const sources = new Map<number, Source>();
  let counted: Promise<Snapshot> = Promise.resolve([]);

  const look = async (source: Source): Promise<void> => {
    try {
      source.last = (await source.ask()) as Snapshot;
    } catch {
      // The next look may find it again.
    }
  };

  return {
    add(worker, ask) {
      sources.set(worker, { ask, last: [] });
    },
    remove(worker) {
      const gone = sources.get(worker);
      sources.delete(worker);
      if (gone === undefined) return;
      const sums = gone.last.filter(isSum);
      counted = counted.then((before) => sumOf([before, sums]).getMetricsAsJSON());
    },
    async text() {
      await Promise.all([...sources.values()].map(look));
      const before = await counted;
      const registry = sumOf([...[...sources.values()].map(({ last }) => last), before]);
      return { type: registry.contentType, text: await registry.metrics() };
    },
  };
}

/** What only ever grows, and goes on growing from there. A gauge tells of now: the dead have none. */
function isSum({ type }: Snapshot[number]): boolean {
  // The library's types have numbers for kinds; in a snapshot they are words.
  return ['counter', 'histogram'].includes(String(type));
}

function sumOf(snapshots: readonly Snapshot[]) {
  // The library's types want an array of anything here.
  return AggregatorRegistry.aggregate<PrometheusContentType>([...snapshots]);
}
