import { countRead, createBusiest } from '../../packages/host/dist/busiest.js';
import { ZIPF } from './cache.mjs';
import { numbers, zipf } from './draws.mjs';

/** Images that are drawn from. With more, hardly more of a window's reads have a name of their own. */
const IMAGES = 200_000;
/** Windows that are counted, after as many others. */
const WINDOWS = 20;
/** Names of a day that the database keeps, and from how many on it drops the others: see decision 59. */
const DAY = { kept: 1000, most: 1200 };

/**
 * Rows that one process writes for a window of usage, by the server's own code for which names it counts: those of the hour, of the
 * others and of each name, and what the database changes in the rows of a day that are there.
 *
 * @param {number} reads of one project in the window
 */
export function usageRows(reads) {
  const random = numbers(1);
  const pick = zipf(IMAGES, ZIPF, random);
  /** Reads of the names that the day has. @type {Map<string, number>} */
  const day = new Map();
  const rows = { added: 0, raised: 0, dropped: 0 };
  for (let window = 0; window < 2 * WINDOWS; window++) {
    const busiest = createBusiest();
    for (let read = 0; read < reads; read++) countRead(busiest, String(pick()), 60_000, 0);
    const isCounted = window >= WINDOWS;
    if (isCounted) rows.added += 2 + busiest.names.size;
    if (isCounted && busiest.others.unseen > 0) rows.raised += day.size;
    for (const [name, { reads: more }] of busiest.names) day.set(name, (day.get(name) ?? 0) + more);
    if (day.size <= DAY.most) continue;
    const fewest = [...day].sort(([, a], [, b]) => b - a).slice(DAY.kept);
    for (const [name] of fewest) day.delete(name);
    if (isCounted) rows.dropped += fewest.length;
  }
  return {
    /** Inserted or added to, one by one. */
    added: rows.added / WINDOWS,
    /** Changed by one statement. */
    raised: rows.raised / WINDOWS,
    dropped: rows.dropped / WINDOWS,
  };
}
