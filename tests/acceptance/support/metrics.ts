import { expect } from 'vitest';
import { ask } from './serve-request.js';

export const METRICS_TOKEN = 'metrics-token-of-this-test';

/** One scrape of `/metrics`. */
export interface Sample {
  readonly text: string;
  /** Type of every metric, by name. */
  readonly types: ReadonlyMap<string, string>;
  /** Names of the labels that a metric was seen with, by the name of its series. */
  readonly labels: ReadonlyMap<string, ReadonlySet<string>>;
  /** Sum of the series with this name and these labels; 0 if there is none. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number;
}

/** Scrapes a server that was started with {@link METRICS_TOKEN}, or without a token. */
export async function readMetrics({ url }: { readonly url: string }): Promise<Sample> {
  const reply = await ask(`${url}/metrics`, {
    headers: { Authorization: `Bearer ${METRICS_TOKEN}` },
  });
  expect(reply.status).toBe(200);
  return parseMetrics(reply.body.toString());
}

/** Parses Prometheus's text format. */
function parseMetrics(text: string): Sample {
  const types = new Map(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]),
  );
  const series = [...text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)].map(
    ([, name = '', pairs = '', value]) => ({
      name,
      labels: new Map(
        [...pairs.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', is = '']) => [
          label,
          is,
        ]),
      ),
      value: Number(value),
    }),
  );
  const labels = new Map<string, Set<string>>();
  for (const one of series) {
    const seen = labels.get(one.name) ?? new Set();
    for (const label of one.labels.keys()) seen.add(label);
    labels.set(one.name, seen);
  }
  return {
    text,
    types,
    labels,
    sum: (name, wanted = {}) =>
      series
        .filter((one) => one.name === name)
        .filter((one) =>
          Object.entries(wanted).every(([label, is]) => one.labels.get(label) === is),
        )
        .reduce((sum, { value }) => sum + value, 0),
  };
}
