import type { ImageAddress, Visibility } from '@auraimage/protocol';
import type { RequestFacts } from '../context.js';
import { EdgeError } from '../errors.js';
import { type Asking, authorizeProject } from '../library/authorize.js';
import type { EdgeOptions } from '../options.js';
import type { Actor, EdgePorts } from '../ports.js';
import { readSecretKeyToken } from '../secret-key-token.js';

export interface VisibilityGrant {
  readonly actor: Actor;
  /** The visibility that the request may set. */
  readonly to: Visibility | 'any';
}

/**
 * Decides who may change an image's visibility: a visibility token for exactly this image, or another
 * credential of its project. A token that is genuine but says something else is 403.
 */
export async function authorizeVisibility(
  ports: Pick<EdgePorts, 'access' | 'projects' | 'clock'>,
  request: Asking,
  address: ImageAddress,
  { legacyVisibilityTokens }: Pick<EdgeOptions, 'legacyVisibilityTokens'>,
  facts: RequestFacts,
): Promise<VisibilityGrant> {
  const token = request.headers.get('x-aura-signature');
  const { project } = address;
  if (token === null) {
    const missing = 'visibility_token_required';
    return {
      actor: await authorizeProject(ports.access, request, project, facts, missing),
      to: 'any',
    };
  }
  const signed = await readSecretKeyToken(ports, token);
  if (signed === null) throw new EdgeError('visibility_token_invalid');
  const { claims, key } = signed;
  if (claims.projectName !== project) throw new EdgeError('visibility_token_scope');
  facts.secretKeyId = key.id;
  const actor: Actor = { kind: 'visibility_token', name: key.name };
  if ('act' in claims) {
    if (claims.f !== address.key) throw new EdgeError('visibility_token_scope');
    return { actor, to: claims.visibility };
  }
  if (legacyVisibilityTokens) return { actor, to: 'any' };
  throw new EdgeError('visibility_token_scope', {
    message:
      'An upload token cannot change visibility: sign a visibility token with setVisibility() of a current SDK',
  });
}
