import type { RecipientReads } from './recipients.js';

/** Usage of a project as counts to add: whole numbers of at least 0. */
export interface UsageCounts {
  readonly uploads: number;
  readonly uploadedBytes: number;
  readonly deletes: number;
  /** Reads answered with an image or a range of it. */
  readonly readsOk: number;
  /** Reads answered with 304. */
  readonly readsNotModified: number;
  /** Reads answered with 403 because the token was missing. */
  readonly readsRefusedMissing: number;
  /** Reads answered with 403 because the token had expired. */
  readonly readsRefusedExpired: number;
  /** Reads answered with 403 for any other reason. */
  readonly readsRefusedOther: number;
  /** Body bytes of reads. */
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
  /** Start of the hour in Unix milliseconds. */
  readonly hour: number;
  readonly counts: Partial<UsageCounts>;
  /** Reads accepted with the previous serve secret; `lastAt` is in Unix milliseconds. */
  readonly previousSecret?: { readonly reads: number; readonly lastAt: number };
  /** Granted reads by the claim `sub` of their token; under an empty text, those of recipients too many to name. */
  readonly recipients?: ReadonlyMap<string, RecipientReads>;
}

export interface UsageDay {
  /** UTC day, such as `2026-11-25`. */
  readonly date: string;
  readonly counts: UsageCounts;
  /** What the project stored at the end of the day, or stores now. */
  readonly storedBytes: number;
  readonly storedImages: number;
}

/** Usage of projects, counted by the host and aggregated by day. Safe for concurrent processes. */
export interface UsageRecords {
  /** Adds counts in one transaction. Counts of unknown projects are dropped. */
  add(deltas: readonly UsageDelta[]): Promise<void>;
  /**
   * Every day of a span, oldest first, including days without usage.
   *
   * @param days length of the span, which ends today (UTC); 1 to 90
   * @param now Unix milliseconds
   */
  days(projectId: string, days: number, now: number): Promise<readonly UsageDay[]>;
  /**
   * Reads that were answered with an image or 304, by project and day: each list has one number per day, the oldest
   * first, and ends today (UTC). A project without reads is absent.
   *
   * @param projectIds up to 100
   * @param days length of the span; 1 to 90
   * @param now Unix milliseconds
   */
  readsByDay(
    projectIds: readonly string[],
    days: number,
    now: number,
  ): Promise<ReadonlyMap<string, readonly number[]>>;
  /**
   * Reads accepted with the previous serve secret since a time, and the time of the last one.
   *
   * @param since Unix milliseconds, rounded down to the hour
   */
  previousSecretReads(
    projectId: string,
    since: number,
  ): Promise<{ readonly reads: number; readonly lastAt: number | null }>;
  /** Records when secret keys were used, to the minute. @param uses Unix milliseconds by key id */
  recordKeyUse(uses: ReadonlyMap<string, number>): Promise<void>;
}
