import type { ByteRange, ObjectBody } from '@auraimage/ports';

/** Where the bytes of an answer came from. */
export type CacheOutcome = 'HIT' | 'MISS' | 'BYPASS';

/** What a read answers with: a master or a variant, ready to be sent whole or in part. */
export interface Representation {
  /** Strong, quotes included. */
  readonly etag: string;
  /** Media type. */
  readonly type: string;
  /** Bytes. */
  readonly length: number;
  /** What is told beyond the type and length. */
  readonly fields: Readonly<Record<string, string>>;
  /** Where the bytes would come from, for answers that have none. */
  outcome(): Promise<CacheOutcome>;
  read(range: ByteRange): Promise<{ readonly body: ObjectBody; readonly outcome: CacheOutcome }>;
  /** The value of `Server-Timing`. */
  timing(outcome: CacheOutcome): string;
}
