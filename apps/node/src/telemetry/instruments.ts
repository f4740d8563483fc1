import type { Metric, Registry } from 'prom-client';
import type { Described } from './catalogue.js';

type Labels<T extends string> = Readonly<Record<T, string | number>>;

/** Counts up. */
export interface Counter<T extends string> {
  inc(labels: Labels<T>, by?: number): void;
  /** Sets the total to what was counted elsewhere. */
  set(labels: Labels<T>, total: number): void;
}

/** Counts values in buckets. */
export interface Histogram<T extends string> {
  observe(labels: Labels<T>, value: number): void;
}

interface Value {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName: string;
}

// An increment of prom-client's own counters costs a microsecond, mostly for the labels: five of them would
// take a tenth of a read's time. These are registered next to prom-client's gauges, and prom-client formats
// and aggregates them.

export function createCounter<T extends string>(
  { name, help, labels: names }: Described & { readonly labels: readonly T[] },
  registry: Registry,
): Counter<T> {
  const cells = createCells(names, () => ({ total: 0 }));
  register(registry, { name, help, type: 'counter' }, () =>
    cells.all().map(({ labels, cell }) => ({ labels, value: cell.total, metricName: name })),
  );
  return {
    inc(labels, by = 1) {
      cells.at(labels).total += by;
    },
    set(labels, total) {
      cells.at(labels).total = total;
    },
  };
}

/** @param buckets upper bounds, smallest first; one more without a bound is added */
export function createHistogram<T extends string>(
  {
    name,
    help,
    labels: names,
    buckets,
  }: Described & { readonly labels: readonly T[]; readonly buckets: readonly number[] },
  registry: Registry,
): Histogram<T> {
  const bounds = [...buckets, '+Inf'];
  const cells = createCells(names, () => ({ counts: new Float64Array(bounds.length), sum: 0 }));
  register(registry, { name, help, type: 'histogram' }, () =>
    cells.all().flatMap(({ labels, cell }) => {
      let count = 0;
      const values: Value[] = bounds.map((le, at) => {
        count += cell.counts[at] ?? 0;
        return { labels: { ...labels, le }, value: count, metricName: `${name}_bucket` };
      });
      values.push({ labels, value: cell.sum, metricName: `${name}_sum` });
      values.push({ labels, value: count, metricName: `${name}_count` });
      return values;
    }),
  );
  return {
    observe(labels, value) {
      const cell = cells.at(labels);
      let at = 0;
      while (at < buckets.length && value > (buckets[at] ?? 0)) at++;
      cell.counts[at] = (cell.counts[at] ?? 0) + 1;
      cell.sum += value;
    },
  };
}

interface Node<Kept> {
  readonly next: Map<string | number, Node<Kept>>;
  kept?: Kept;
}

/**
 * A cell for each combination of labels, found label by label: joined, they would be a new text for each count, whose
 * hash takes most of the time. A metric without labels has its cell from the start.
 */
function createCells<T extends string, C>(names: readonly T[], make: () => C) {
  const all: { readonly labels: Labels<T>; readonly cell: C }[] = [];
  const root: Node<C> = { next: new Map() };
  const at = (labels: Labels<T>): C => {
    let node = root;
    for (const name of names) {
      let next = node.next.get(labels[name]);
      if (next === undefined) {
        next = { next: new Map() };
        node.next.set(labels[name], next);
      }
      node = next;
    }
    if (node.kept !== undefined) return node.kept;
    const cell = make();
    node.kept = cell;
    all.push({ labels: { ...labels }, cell });
    return cell;
  };
  if (names.length === 0) at({} as Labels<T>);
  return { at, all: () => all };
}

function register(
  registry: Registry,
  facts: { readonly name: string; readonly help: string; readonly type: string },
  values: () => Value[],
): void {
  const metric = {
    ...facts,
    aggregator: 'sum',
    get: async () => ({ ...facts, aggregator: 'sum', values: values() }),
  };
  // A registry needs no more of a metric: prom-client itself registers such objects when it aggregates.
  registry.registerMetric(metric as unknown as Metric);
}
