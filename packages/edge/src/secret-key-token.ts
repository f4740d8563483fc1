import type { ActiveSecretKey, UploadPolicy } from '@auraimage/ports';
import {
  type UploadClaims,
  type VisibilityClaims,
  verifySecretKeyToken,
} from '@auraimage/protocol';
import type { EdgePorts } from './ports.js';

export interface SignedBySecretKey {
  readonly claims: UploadClaims | VisibilityClaims;
  /** The key that signed. */
  readonly key: ActiveSecretKey;
  /** Of the project that the claims name. */
  readonly policy: UploadPolicy;
}

/** What a token of `X-Aura-Signature` says and who signed it, or `null` where it is not valid now. */
export async function readSecretKeyToken(
  { projects, clock }: Pick<EdgePorts, 'projects' | 'clock'>,
  token: string,
): Promise<SignedBySecretKey | null> {
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
