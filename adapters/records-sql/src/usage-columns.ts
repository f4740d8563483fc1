import type { UsageCounts } from '@auraimage/ports';
import type { UsageCountColumns } from './schema.js';

export const COLUMNS = {
  uploads: 'uploads',
  uploadedBytes: 'uploaded_bytes',
  deletes: 'deletes',
  readsOk: 'reads_ok',
  readsNotModified: 'reads_not_modified',
  readsRefusedMissing: 'reads_refused_missing',
  readsRefusedExpired: 'reads_refused_expired',
  readsRefusedOther: 'reads_refused_other',
  sentBytes: 'sent_bytes',
  encodeMilliseconds: 'encode_milliseconds',
  cacheHits: 'cache_hits',
  cacheMisses: 'cache_misses',
  cacheBypasses: 'cache_bypasses',
} as const satisfies Record<keyof UsageCounts, keyof UsageCountColumns>;

export const COUNTS = Object.keys(COLUMNS) as (keyof UsageCounts)[];

/** Counts under the names of their columns; those that are absent are 0. */
export function toColumns(counts: Partial<UsageCounts>): UsageCountColumns {
  return fill(COUNTS.map((count) => [COLUMNS[count], counts[count] ?? 0]));
}

/** Counts of a row, or none. */
export function toCounts(row: Partial<UsageCountColumns>): UsageCounts {
  return fill(COUNTS.map((count) => [count, row[COLUMNS[count]] ?? 0]));
}

function fill<K extends string>(entries: readonly (readonly [K, number])[]): Record<K, number> {
  return Object.fromEntries(entries) as Record<K, number>;
}
