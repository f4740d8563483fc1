/** What is counted by name: images by their key, presets, recipients by their claim `sub`, refusals by their reason. */
export const USAGE_KINDS = ['image', 'preset', 'recipient', 'refusal'] as const;
export type UsageKind = (typeof USAGE_KINDS)[number];

/** Names of a project, a kind and a day that are counted one by one: those with the most reads. */
export const MAX_NAMED = 1000;
/** Days for which names are counted: today (UTC) and those before. */
export const NAMED_DAYS = 30;

/** Counts of one name, or of many together: whole numbers of at least 0. */
export interface NamedCounts {
  /** Reads answered with an image, a part of it, or 304; of a refusal: refused reads. */
  readonly reads: number;
  /** Body bytes of these reads. */
  readonly sentBytes: number;
  /** Image processing for these reads. */
  readonly encodeMilliseconds: number;
}

/** Counts of a name that may have been one of the others before it was counted by itself. */
export interface NamedDelta extends NamedCounts {
  /** Most reads that it may have beyond `reads`. */
  readonly unseen: number;
}

/** Counts of many names, of which only the busiest are kept apart: a Misra-Gries summary. */
export interface NamedDeltas {
  readonly names: ReadonlyMap<string, NamedDelta>;
  /** Counts of all further names. `unseen`: the most reads that one of them may have. */
  readonly others: NamedDelta;
}

/** A name with its counts in a span of days. */
export interface BusyName extends NamedCounts {
  readonly name: string;
  /** Its reads on each day of the span, the oldest first. */
  readonly readsByDay: readonly number[];
}

/** The busiest names of a span of days. */
export interface BusiestNames {
  /** The most reads first. */
  readonly names: readonly BusyName[];
  /** All further names together. */
  readonly others: NamedCounts;
  /** No name has more reads than its number, or 0 for one that is not listed, and this together; 0: all is exact. */
  readonly margin: number;
}

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
  readonly named?: Readonly<Partial<Record<UsageKind, NamedDeltas>>>;
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
   * The names of one kind with the most reads.
   *
   * @param days length of the span, which ends today (UTC); 1 to {@link NAMED_DAYS}
   * @param limit most names, 1 to {@link MAX_NAMED}
   * @param now Unix milliseconds
   */
  busiest(
    projectId: string,
    kind: UsageKind,
    days: number,
    limit: number,
    now: number,
  ): Promise<BusiestNames>;
  /**
   * Deletes what is in no answer any more, of every project. Call it every hour.
   *
   * @param now Unix milliseconds
   * @param signal ends it between two projects
   */
  removeOld(now: number, signal?: AbortSignal): Promise<void>;
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
