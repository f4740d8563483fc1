import { createUsageCounter, type UsageCounter } from '@auraimage/host';
import { inTime, type UsageRecords } from '@auraimage/ports';
import { keepAlive } from './keep-alive.js';

/** How long an isolate collects counts before it writes them, in milliseconds. A request lives 30 s after its response. */
const COLLECT_MS = 10_000;
/**
 * Time for a write, in milliseconds. A write that never ends must not stop those after it, so both writes end while the
 * request lives.
 */
const WRITE_MS = 9000;

/**
 * Counts usage in the memory of this isolate. The first request after a write keeps the isolate alive for ten seconds,
 * then writes what all requests have counted meanwhile. An isolate that Cloudflare ends before loses its counts.
 */
export function createUsage(
  usage: UsageRecords,
  onFailure: (failure: unknown) => void,
): Pick<UsageCounter, 'count'> {
  const late = () => new Error('the write of usage did not end in time');
  const counter = createUsageCounter(
    {
      add: (deltas) => inTime(usage.add(deltas), WRITE_MS, late),
      recordKeyUse: (uses) => inTime(usage.recordKeyUse(uses), WRITE_MS, late),
    },
    onFailure,
  );
  let collectingUntil = 0;
  return {
    count(request) {
      counter.count(request);
      const now = Date.now();
      if (now < collectingUntil) return;
      collectingUntil = now + COLLECT_MS;
      keepAlive(new Promise((resolve) => setTimeout(resolve, COLLECT_MS)).then(counter.flush));
    },
  };
}
