import type { ErrorCode } from '@auraimage/protocol';
import type { RequestFacts } from '../context.js';
import { EdgeError } from '../errors.js';
import type { Actor, ProjectAccess } from '../ports.js';

/** Of a request, what tells who sends it. */
export type Asking = Parameters<ProjectAccess['check']>[0];

/**
 * Lets a request through that shows a credential of the project: a secret key or a command line's token
 * as bearer (RFC 6750 §2.1), or a session's cookie. A credential of another project and a project that
 * does not exist get the same answer.
 *
 * @param missing what to answer where nothing was shown
 * @returns who asks
 */
export async function authorizeProject(
  access: ProjectAccess,
  request: Asking,
  project: string,
  facts: RequestFacts,
  missing: ErrorCode = 'secret_key_required',
): Promise<Actor> {
  const verdict = await access.check(request, project);
  if (verdict.granted) {
    if (verdict.secretKeyId !== undefined) facts.secretKeyId = verdict.secretKeyId;
    return verdict.actor;
  }
  const challenge = { headers: { 'WWW-Authenticate': 'Bearer realm="auraimage"' } };
  switch (verdict.refusal) {
    case 'missing':
      throw new EdgeError(missing, challenge);
    case 'unknown':
      throw new EdgeError('secret_key_invalid', challenge);
    case 'other':
      throw new EdgeError('project_forbidden');
    case 'cross_site':
      throw new EdgeError('cross_site_request');
  }
}
