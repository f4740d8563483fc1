import type { ActiveSecretKey, Clock, ProjectSecrets, UploadPolicy } from '@auraimage/ports';
import {
  type UploadClaims,
  type VisibilityClaims,
  verifySecretKeyToken,
} from '@auraimage/protocol';

/** A token that one of the project's active secret keys signed, or why it is refused. */
export type SignatureVerdict =
  | {
      readonly ok: true;
      readonly claims: UploadClaims | VisibilityClaims;
      /** The key that signed the token. */
      readonly key: ActiveSecretKey;
      /** The upload policy of the project that the claims name. */
      readonly policy: UploadPolicy;
    }
  | {
      readonly ok: false;
      /** What is wrong with a claim. Only for a token with a valid signature: its signer may read it. */
      readonly problem?: string;
    };

/**
 * Verifies a token from the header `X-Aura-Signature` with the active secret keys of the project that it names.
 *
 * @example
 * const signed = await verifySignature({ projects, clock }, token);
 * if (!signed.ok) throw new ApiError('upload_token_invalid');
 */
export async function verifySignature(
  { projects, clock }: { readonly projects: ProjectSecrets; readonly clock: Clock },
  token: string,
): Promise<SignatureVerdict> {
  const found: { policy: UploadPolicy | null } = { policy: null };
  const secretKeysOf = async (project: string) => {
    found.policy = await projects.uploadPolicy(project);
    return found.policy?.secretKeys.map(({ secret }) => secret) ?? [];
  };
  const verdict = await verifySecretKeyToken(token, secretKeysOf, Math.floor(clock.now() / 1000));
  if (!verdict.ok) {
    return verdict.problem === undefined ? { ok: false } : { ok: false, problem: verdict.problem };
  }
  const { policy } = found;
  const key = policy?.secretKeys[verdict.secretIndex];
  if (policy === null || key === undefined) return { ok: false };
  return { ok: true, claims: verdict.claims, key, policy };
}
