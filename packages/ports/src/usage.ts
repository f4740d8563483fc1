/** What happened in a project, as counts to add. Every count is a whole number, at least 0. */
export interface UsageCounts {
  readonly uploads: number;
  readonly uploadedBytes: number;
  readonly deletes: number;
  /** Reads answered with an image or a part of one. */
  readonly readsOk: number;
  /** Reads answered 304. */
  readonly readsNotModified: number;
  /** Reads refused with 403: no token. */
  readonly readsRefusedMissing: number;
  /** Reads refused with 403: the token has expired. */
  readonly readsRefusedExpired: number;
  /** Reads refused with 403 for another reason. */
  readonly readsRefusedOther: number;
  /** Bytes of bodies of reads. */
  readonly sentBytes: number;
  readonly encodeMilliseconds: number;
  readonly cacheHits: number;
  readonly cacheMisses: number;
  readonly cacheBypasses: number;
}

/** Counts of one project in one hour. */
export interface UsageDelta {
  /** Name of the project. */
  readonly project: string;
  /** Unix milliseconds of the hour's beginning. */
  readonly hour: number;
  readonly counts: Partial<UsageCounts>;
  /** Reads that the previous serve secret let through, and when the last one was (Unix milliseconds). */
  readonly previousSecret?: { readonly reads: number; readonly lastAt: number };
}

export interface UsageDay {
  /** UTC day, such as `2026-11-25`. */
  readonly date: string;
  readonly counts: UsageCounts;
  /** At the day's end, or now: what the project stores. */
  readonly storedBytes: number;
  readonly storedImages: number;
}

/** Usage of projects, counted by the host and kept by day; safe for many processes that add at once. */
export interface UsageRecords {
  /** Adds counts in one transaction. Those of projects that are gone are dropped. */
  add(deltas: readonly UsageDelta[]): Promise<void>;
  /**
   * Every day of a span, oldest first, days without anything included.
   *
   * @param days how many, today (UTC) the last of them; 1 to 90
   * @param now Unix milliseconds
   */
  days(projectId: string, days: number, now: number): Promise<readonly UsageDay[]>;
  /** Reads that the previous serve secret let through since (to the hour), and when the last one was. */
  previousSecretReads(
    projectId: string,
    since: number,
  ): Promise<{ readonly reads: number; readonly lastAt: number | null }>;
  /** Notes that secret keys were used: ids with Unix milliseconds. Kept to the minute. */
  noteKeysUsed(uses: ReadonlyMap<string, number>): Promise<void>;
}
