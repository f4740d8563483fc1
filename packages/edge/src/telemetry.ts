import { defineRoute, everyone, type Route, z } from '@auraimage/http';
import { networkOf } from '@auraimage/ports';
import { isProjectName } from '@auraimage/protocol';
import type { EdgePorts } from './ports.js';

/** Longer loads are not counted: the page was in the background, or the number is wrong. */
const MAX_LCP_MS = 600_000;
/** Most projects that have a label of their own, in the order of their first report. */
const MAX_LABELS = 100;
const OTHER = '(other)';
/** Most reports that are counted in a second, and of a client's network in a minute. */
const MAX_PER_SECOND = 100;
const MAX_PER_CLIENT = 60;
const MAX_CLIENTS = 10_000;
/** How long it is remembered whether a project exists, and of how many names. */
const KNOWN_MS = 60_000;
const MAX_KNOWN = 1000;

const report = z.object({
  lcp: z.number().min(0).max(MAX_LCP_MS).openapi({
    description: 'Largest contentful paint in milliseconds since the navigation',
    example: 1240.5,
  }),
  projectName: z.string().max(40).openapi({ example: 'my-app' }),
  pathname: z.string().max(2048).optional().openapi({
    description: 'Of the page, without its query. It is not used',
    example: '/gallery',
  }),
});

/**
 * `POST /v1/telemetry`: counts how long a page took to show its largest picture, by project. The answer is always
 * the same: it does not tell whether the project exists, or whether the report was counted. Nothing is kept but the
 * sums in the host's metrics.
 */
export function telemetryRoute({ projects, clock }: Pick<EdgePorts, 'projects' | 'clock'>): Route {
  const known = new Map<string, { readonly exists: boolean; readonly until: number }>();
  const labels = new Set<string>();
  const isWithinRate = createRateCheck();

  async function exists(project: string, now: number): Promise<boolean> {
    const kept = known.get(project);
    if (kept !== undefined && now < kept.until) return kept.exists;
    const found = (await projects.uploadPolicy(project)) !== null;
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(project, { exists: found, until: now + KNOWN_MS });
    return found;
  }

  function labelOf(project: string): string {
    if (labels.size < MAX_LABELS) labels.add(project);
    return labels.has(project) ? project : OTHER;
  }

  return defineRoute({
    method: 'POST',
    path: '/v1/telemetry',
    hosts: ['cdn'],
    access: everyone,
    cors: { requestHeaders: 'Content-Type' },
    doc: {
      operationId: 'reportPageLoad',
      tags: ['Images'],
      summary: 'Report a page load',
      description:
        'Sent by `<AuraImage telemetry>`. Takes any `Content-Type` and at most 4 KB. Counted by project in the metric `aura_page_lcp_seconds`; never stored one by one.',
    },
    body: report,
    bodyIsBeacon: true,
    success: { status: 204, description: 'Received, whether it was counted or not' },
    async handler({ body: { lcp, projectName }, context }) {
      const now = clock.now();
      if (!isProjectName(projectName) || !isWithinRate(networkOf(context.client), now)) return;
      // Pages do not wait for a database that does not answer: their report is not counted.
      if (!(await exists(projectName, now).catch(() => false))) return;
      context.facts.pageLoad = { project: labelOf(projectName), lcpSeconds: lcp / 1000 };
    },
  });
}

/** Counts in fixed windows of a second and a minute. */
function createRateCheck(): (client: string, now: number) => boolean {
  let second = 0;
  let inSecond = 0;
  let minute = 0;
  const inMinute = new Map<string, number>();
  return (client, now) => {
    if (Math.floor(now / 1000) !== second) {
      second = Math.floor(now / 1000);
      inSecond = 0;
    }
    if (Math.floor(now / 60_000) !== minute) {
      minute = Math.floor(now / 60_000);
      inMinute.clear();
    }
    const sent = inMinute.get(client) ?? 0;
    if (inSecond >= MAX_PER_SECOND || sent >= MAX_PER_CLIENT) return false;
    if (sent === 0 && inMinute.size >= MAX_CLIENTS) return false;
    inSecond++;
    inMinute.set(client, sent + 1);
    return true;
  };
}
