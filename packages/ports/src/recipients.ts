import type { MaybePromise } from '@auraimage/protocol';
import type { ChangeOrigin } from './images.js';
import type { ReadBatch } from './read-batch.js';
import type { NamedCounts } from './usage.js';

/** How long a revocation is kept, in seconds: a day longer than a token of a recipient can live. */
export const REVOCATION_KEPT_SECONDS = 8 * 86_400;
/** Most recipients of a project that are revoked at a time. */
export const MAX_REVOKED_RECIPIENTS = 10_000;

/** Reads with tokens of one recipient. */
type RecipientReads = Pick<NamedCounts, 'reads' | 'sentBytes'>;

/** A recipient with reads in the last 30 days, or whose tokens are revoked. */
export interface Recipient extends RecipientReads {
  /** The claim `sub` of the tokens. */
  readonly sub: string;
  /** UTC day of the last read, such as `2026-11-25`; `null` without one. */
  readonly lastReadOn: string | null;
  /** Whole Unix second: tokens issued before it are revoked. `null` when none are that can be alive. */
  readonly revokedAt: number | null;
}

export interface RecipientQuery {
  /** Recipients per page, 1 to 1000. */
  readonly limit: number;
  /** Part of the recipient, in any case, 1 to 64 characters. */
  readonly search?: string;
  /** Cursor of a {@link RecipientPage}. `list` rejects any other text with {@link InvalidCursorError}. */
  readonly cursor?: string;
}

export interface RecipientPage {
  /** The most reads first. */
  readonly recipients: readonly Recipient[];
  /** Reads of all recipients that are in no page, because others have more reads. */
  readonly others: RecipientReads;
  /** Cursor of the next page, or `null` after the last one. */
  readonly cursor: string | null;
}

/**
 * The recipients of a project's serve tokens. Their reads are added by {@link UsageRecords.add}. Safe for concurrent
 * processes.
 */
export interface RecipientRecords {
  /**
   * Since when the tokens of a recipient are revoked, as of the latest commit: the whole Unix second before which
   * they were issued. `null` when they are not. Both texts may be anything.
   *
   * @param batch of the request, as in {@link ImageRecords.find}
   */
  revokedAt(project: string, sub: string, batch?: ReadBatch): MaybePromise<number | null>;
  /**
   * Revokes every token of a recipient that was issued before a time, and adds an audit entry in the same
   * transaction. Resolves with the second as it is now, which never decreases; with `null` for an unknown project,
   * and with `limit_reached` when {@link MAX_REVOKED_RECIPIENTS} others are revoked. Forgets revocations that are
   * older than {@link REVOCATION_KEPT_SECONDS}.
   *
   * @param before whole Unix second; tokens issued from then on stay valid
   */
  revoke(
    project: string,
    sub: string,
    before: number,
    origin: ChangeOrigin,
  ): Promise<number | 'limit_reached' | null>;
  /**
   * One page of the recipients of a project: the {@link MAX_NAMED} with the most reads in the last 30
   * days, and those that are revoked. The order is that of the time of each call.
   *
   * @param now Unix milliseconds
   */
  list(project: string, query: RecipientQuery, now: number): Promise<RecipientPage>;
}
