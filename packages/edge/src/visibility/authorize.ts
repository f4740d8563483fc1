import { type ImageAddress, type Visibility, verifySecretKeyToken } from '@auraimage/protocol';
import { EdgeError } from '../errors.js';
import { authorizeSecretKey } from '../library/authorize.js';
import type { EdgePorts } from '../ports.js';

/** The visibility that a request may set, or `any`. */
export type VisibilityGrant = Visibility | 'any';

/**
 * Decides who may change an image's visibility: a visibility token for exactly this image, or a
 * secret key of its project as bearer token. A token that is genuine but says something else is 403.
 *
 * @param legacyTokens also take plain upload tokens of the project, as older third-party SDKs send
 */
export async function authorizeVisibility(
  { projects, clock }: Pick<EdgePorts, 'projects' | 'clock'>,
  headers: Headers,
  address: ImageAddress,
  legacyTokens: boolean,
): Promise<VisibilityGrant> {
  const token = headers.get('x-aura-signature');
  if (token === null) {
    if (headers.get('authorization') === null) throw new EdgeError('visibility_token_required');
    await authorizeSecretKey(projects, headers, address.project);
    return 'any';
  }
  const secretKeysOf = async (project: string) =>
    (await projects.uploadPolicy(project))?.secretKeys ?? [];
  const verdict = await verifySecretKeyToken(token, secretKeysOf, Math.floor(clock.now() / 1000));
  if (!verdict.ok) throw new EdgeError('visibility_token_invalid');
  const { claims } = verdict;
  if (claims.projectName !== address.project) throw new EdgeError('visibility_token_scope');
  if ('act' in claims) {
    if (claims.f !== address.key) throw new EdgeError('visibility_token_scope');
    return claims.visibility;
  }
  if (legacyTokens) return 'any';
  throw new EdgeError('visibility_token_scope', {
    message:
      'An upload token cannot change visibility: sign a visibility token with setVisibility() of a current SDK',
  });
}
