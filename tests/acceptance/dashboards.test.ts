import { readFile } from 'node:fs/promises';
import { parser } from '@prometheus-io/lezer-promql';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { pictures } from '../files/pictures.js';
import { sharedServer } from '../harness/shared-server.js';
import { upload } from '../harness/upload.js';
import { readMetrics, type Sample } from './support/metrics.js';

/** Labels and metrics that Prometheus itself adds. */
const OF_PROMETHEUS = new Set(['instance', 'job', 'le', 'up']);

interface Query {
  readonly where: string;
  readonly text: string;
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly expr: string }[];
}

const read = (path: string) => readFile(new URL(`../../deploy/${path}`, import.meta.url), 'utf8');

const { panels } = JSON.parse(await read('grafana/aura.json')) as { panels: readonly Panel[] };
const { groups } = parse(await read('prometheus/alerts.yml')) as {
  groups: {
    rules: { alert: string; expr: string; annotations: { summary: string; description: string } }[];
  }[];
};
const alerts = groups.flatMap(({ rules }) => rules);
const queries: readonly Query[] = [
  ...panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ where: title, text: expr.replaceAll('$__rate_interval', '5m') })),
  ),
  ...alerts.map(({ alert, expr }) => ({ where: alert, text: expr })),
];

/** Texts of the nodes of these kinds in a query. */
function textsIn({ text }: Query, ...kinds: readonly string[]): string[] {
  const found: string[] = [];
  parser.parse(text).iterate({
    enter({ name, node, from, to }) {
      const isMetric = name === 'Identifier' && node.parent?.name === 'VectorSelector';
      if (kinds.includes(isMetric ? 'Metric' : name)) found.push(text.slice(from, to));
    },
  });
  return found;
}

describe('the dashboard for Grafana and the alerts for Prometheus', () => {
  let sample: Sample;
  beforeAll(async () => {
    const server = await sharedServer();
    const { url } = await upload(server, await pictures.jpeg(), 'public');
    const closed = await upload(server, await pictures.jpeg(), 'private');
    for (const address of [url, `${url}?w=9&fmt=webp`, closed.url]) {
      await (await fetch(address)).arrayBuffer();
    }
    sample = await readMetrics(server);
  });

  it('have queries', () => {
    expect(panels.filter(({ targets }) => targets !== undefined).length).toBeGreaterThan(30);
    expect(alerts.length).toBeGreaterThan(10);
  });

  it.each(queries)('$where: $text is PromQL', (query) => {
    expect(textsIn(query, '⚠')).toEqual([]);
    expect(textsIn(query, 'Metric').length).toBeGreaterThan(0);
  });

  it('use only metrics that the server has', () => {
    const names = queries.flatMap((query) => textsIn(query, 'Metric'));
    const unknown = names
      .map((name) => name.replace(/(?<=_(?:seconds|bytes))_(?:bucket|sum|count)$/, ''))
      .filter((name) => !sample.types.has(name) && !OF_PROMETHEUS.has(name));
    expect(unknown).toEqual([]);
  });

  it('use only labels that the metrics have', () => {
    const known = new Set(OF_PROMETHEUS);
    for (const labels of sample.labels.values()) for (const label of labels) known.add(label);
    // These have no series without errors, without PostgreSQL, below a bound or before a page reports.
    for (const label of ['failure', 'state', 'work', 'bound', 'project']) known.add(label);
    const named = queries.flatMap((query) => textsIn(query, 'LabelName'));
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((label) => !known.has(label))).toEqual([]);
  });

  it('show every aura_ metric', () => {
    const asked = queries.flatMap((query) => textsIn(query, 'Metric')).join(' ');
    const own = [...sample.types.keys()].filter((name) => name.startsWith('aura_'));
    expect(own.filter((name) => !asked.includes(name) && !/_cache_entries$/.test(name))).toEqual(
      [],
    );
  });

  it('have panels that do not overlap', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });

  it('have alerts that say what is wrong and what to do', async () => {
    const document = await readFile(
      new URL('../../docs/operate/operations.md', import.meta.url),
      'utf8',
    );
    for (const { alert, annotations } of alerts) {
      expect(annotations.summary, alert).toMatch(/^\S.{10,}/);
      expect(annotations.description, alert).toMatch(/^\S.{10,}/);
      expect(document.includes(`\`${alert}\``), alert).toBe(true);
    }
  });
});
