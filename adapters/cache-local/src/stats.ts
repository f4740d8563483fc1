import type { Removals } from './entries.js';

/** Usage of a tier of the store. */
export interface TierStats {
  readonly tier: 'memory' | 'disk';
  /** Bytes of the entries, including their overhead. */
  readonly bytes: number;
  readonly maxBytes: number;
  readonly entries: number;
  /** Entries removed since the start, by reason; `full`: evicted because the tier was full. */
  readonly removals: Removals;
}
