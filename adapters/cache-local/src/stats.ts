/** How full a part of the cache is. */
export interface TierStats {
  readonly tier: 'memory' | 'disk';
  /** What the entries count for: their bytes, and what they take beside those. */
  readonly bytes: number;
  readonly maxBytes: number;
  readonly entries: number;
  /** Entries that have left because there was no room, since the start. */
  readonly evictions: number;
}
