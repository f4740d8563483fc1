/** Usage of a tier of the store. */
export interface TierStats {
  readonly tier: 'memory' | 'disk';
  /** Bytes of the entries, including their overhead. */
  readonly bytes: number;
  readonly maxBytes: number;
  readonly entries: number;
  /** Entries evicted because the tier was full, since the start. */
  readonly evictions: number;
}
