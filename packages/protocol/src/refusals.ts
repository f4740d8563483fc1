import type { ErrorCode } from './errors.js';
import type { ReadRefusal } from './serve-token.js';

/** Why a read got no picture, in groups that its owner can act on. Stable codes for usage. */
export const REFUSAL_REASONS = [
  'missing',
  'cross_site',
  'preset_closed',
  'expired',
  'revoked',
  'recipient_revoked',
  'wrong_signature',
  'malformed',
  'other_image',
  'above_ceiling',
  'not_found',
  'preset_not_found',
  'transform_malformed',
  'transform_not_allowed',
  'watermark_missing',
  'encode_limit',
  'unavailable',
] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];

const OF_TOKENS: Readonly<Record<ReadRefusal, RefusalReason>> = {
  missing: 'missing',
  cross_site: 'cross_site',
  preset_closed: 'preset_closed',
  expired: 'expired',
  revoked: 'revoked',
  recipient_revoked: 'recipient_revoked',
  wrong_signature: 'wrong_signature',
  malformed: 'malformed',
  wrong_claims: 'malformed',
  expires_too_late: 'malformed',
  iat_out_of_range: 'malformed',
  other_project: 'other_image',
  other_image: 'other_image',
  above_ceiling: 'above_ceiling',
};

const OF_CODES: Readonly<Partial<Record<ErrorCode, RefusalReason>>> = {
  image_not_found: 'not_found',
  preset_not_found: 'preset_not_found',
  transform_malformed: 'transform_malformed',
  transform_not_allowed: 'transform_not_allowed',
  transform_not_supported: 'transform_not_allowed',
  watermark_missing: 'watermark_missing',
  encode_limit: 'encode_limit',
  engine_busy: 'unavailable',
  variant_unavailable: 'unavailable',
  storage_unavailable: 'unavailable',
  storage_full: 'unavailable',
  internal: 'unavailable',
};

/**
 * The group of a read that got no picture.
 *
 * @param refusal why its token was refused; absent if it was not
 * @param code of the error response; absent without one
 * @returns `null` if nothing was wrong that an owner could change, such as a range past the end
 *
 * @example
 * refusalReasonOf('expires_too_late', 'serve_token_invalid'); // 'malformed'
 */
export function refusalReasonOf(
  refusal: ReadRefusal | undefined,
  code: ErrorCode | undefined,
): RefusalReason | null {
  if (refusal !== undefined) return OF_TOKENS[refusal];
  return code === undefined ? null : (OF_CODES[code] ?? null);
}
