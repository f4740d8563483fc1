import type { ActiveSecretKey, Clock, ProjectSecrets, UploadPolicy } from '@auraimage/ports';
import {
  type UploadClaims,
  type VisibilityClaims,
  verifySecretKeyToken,
} from '@auraimage/protocol';

export interface VerifiedSignature {
  readonly claims: UploadClaims | VisibilityClaims;
  /** The key that signed the token. */
  readonly key: ActiveSecretKey;
  /** The upload policy of the project that the claims name. */
  readonly policy: UploadPolicy;
}

/**
 * Verifies a token from the header `X-Aura-Signature` with the active secret keys of the project that it names.
 *
 * @returns the claims, the key and the project's policy, or `null` if the token is malformed, expired or not
 *   signed with one of these keys
 *
 * @example
 * const signed = await verifySignature({ projects, clock }, token);
 * if (signed === null) throw new ApiError('upload_token_invalid');
 */
export async function verifySignature(
  { projects, clock }: { readonly projects: ProjectSecrets; readonly clock: Clock },
  token: string,
): Promise<VerifiedSignature | null> {
  const found: { policy: UploadPolicy | null } = { policy: null };
  const secretKeysOf = async (project: string) => {
    found.policy = await projects.uploadPolicy(project);
    return found.policy?.secretKeys.map(({ secret }) => secret) ?? [];
  };
  const verdict = await verifySecretKeyToken(token, secretKeysOf, Math.floor(clock.now() / 1000));
  const { policy } = found;
  const key = verdict.ok ? policy?.secretKeys[verdict.secretIndex] : undefined;
  if (!verdict.ok || policy === null || key === undefined) return null;
  return { claims: verdict.claims, key, policy };
}
