/** How full a tier of the store is. */
export interface TierStats {
  readonly tier: 'memory' | 'disk';
  /** What the entries count for: their bytes, and what they take beside those. */
  readonly bytes: number;
  readonly maxBytes: number;
  readonly entries: number;
  /** Entries evicted because the tier was full, since the start. */
  readonly evictions: number;
}
