import { EdgeError } from '../errors.js';
import type { ProjectSecrets } from '../ports.js';

/**
 * Lets a request through that carries a secret key of the project as bearer token (RFC 6750 §2.1).
 * A key of another project and a project that does not exist get the same answer.
 */
export async function authorizeSecretKey(
  projects: ProjectSecrets,
  headers: Headers,
  project: string,
): Promise<void> {
  const secretKey = /^Bearer +(sk_live_[\w-]{1,200})$/i.exec(
    headers.get('authorization') ?? '',
  )?.[1];
  const challenge = { 'WWW-Authenticate': 'Bearer realm="auraimage"' };
  if (secretKey === undefined) throw new EdgeError('secret_key_required', { headers: challenge });
  const access = await projects.access(secretKey, project);
  if (access === 'unknown') throw new EdgeError('secret_key_invalid', { headers: challenge });
  if (access === 'other') throw new EdgeError('project_forbidden');
}
