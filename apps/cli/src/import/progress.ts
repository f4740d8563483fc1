import type { Context } from '../context.js';
import { formatBytes, formatDuration } from '../units.js';
import type { Report, ReportLine } from './report.js';
import type { Source } from './source.js';

const TERMINAL_MS = 100;
const PLAIN_MS = 10_000;

/** Shows how far an import is: a line that changes at a terminal, elsewhere one every ten seconds. */
export interface Progress {
  readonly onLine: (line: ReportLine) => void;
  stop(): void;
}

export function createProgress(
  { output, host }: Pick<Context, 'output' | 'host'>,
  report: Report,
  countTotal: (isStopped: () => boolean) => Promise<number>,
): Progress {
  const every = host.stderr.isTTY === true ? TERMINAL_MS : PLAIN_MS;
  const before = report.finished ? 0 : sum(report);
  const startedAt = performance.now();
  let shownAt = startedAt;
  let done = 0;
  let bytes = 0;
  let total: number | null = null;
  let stopped = false;
  // Counted beside the import. If that fails, the import itself says why.
  countTotal(() => stopped).then(
    (counted) => {
      total = counted;
    },
    () => {},
  );
  const text = (): string => {
    const perSecond = done / Math.max((performance.now() - startedAt) / 1000, 0.001);
    const isKnown = total !== null && total >= before + done;
    const left = isKnown ? ((total ?? 0) - before - done) / perSecond : null;
    const { refused } = report.counts();
    return [
      `${thousands(before + done)}${isKnown ? ` of ${thousands(total ?? 0)}` : ''} done`,
      `${formatBytes(bytes)} sent`,
      `${perSecond.toFixed(perSecond < 10 ? 1 : 0)} a second`,
      ...(left === null ? [] : [`${formatDuration(left)} left`]),
      ...(refused === 0 ? [] : [`${thousands(refused)} refused`]),
    ].join(', ');
  };
  return {
    onLine({ status, size = 0 }) {
      done++;
      if (status === 'imported') bytes += size;
      const now = performance.now();
      if (now - shownAt < every) return;
      shownAt = now;
      if (every === TERMINAL_MS) output.status(text());
      else output.note(text());
    },
    stop() {
      stopped = true;
      output.status('');
    },
  };
}

/** The number of a source's items; of those that are tried again, where only these are. */
export async function countItems(
  source: Source,
  retried: ReadonlySet<string> | null,
  isStopped: () => boolean,
): Promise<number> {
  if (retried !== null) return retried.size;
  let count = 0;
  for await (const _ of source.items(null)) {
    if (isStopped()) break;
    count++;
  }
  return count;
}

function sum(report: Report): number {
  return Object.values(report.counts()).reduce((all, count) => all + count, 0);
}

/** @example thousands(12345); // "12,345" */
function thousands(count: number): string {
  return count.toLocaleString('en-US');
}
