import type { Project, ProjectRegistry, SecretKey } from '@auraimage/ports';
import { SECRET_KEY_PREFIX } from '@auraimage/protocol';
import { type Authenticate, bearerOf, type Caller } from './auth/authenticate.js';
import { ControlError } from './errors.js';
import { ownProject } from './guards.js';

/** Who asks for a signature: a person, or a server with a secret key. */
export type Signer =
  | { readonly kind: 'caller'; readonly caller: Caller }
  | { readonly kind: 'secret_key'; readonly key: SecretKey; readonly secret: string };

/** @throws {ControlError} `sign_in_required`, `credential_invalid`, `cross_site_request` */
export async function authenticateSigner(
  registry: Pick<ProjectRegistry, 'findSecretKey'>,
  authenticate: Authenticate,
  request: Request,
): Promise<Signer> {
  const bearer = bearerOf(request);
  if (!bearer?.startsWith(SECRET_KEY_PREFIX)) {
    return { kind: 'caller', caller: await authenticate(request) };
  }
  const key = await registry.findSecretKey(bearer);
  if (key === null) throw new ControlError('credential_invalid');
  return { kind: 'secret_key', key, secret: bearer };
}

/**
 * The project that a signer may sign for. A key is told that it may not; a person that there is none.
 *
 * @throws {ControlError} `project_forbidden`, `project_not_found`
 */
export async function signersProject(
  registry: Pick<ProjectRegistry, 'findProject'>,
  signer: Signer,
  name: string,
): Promise<Project> {
  if (signer.kind === 'caller') return ownProject(registry, signer.caller.user, name);
  const { accountId, projectId } = signer.key;
  const project = await registry.findProject(name);
  const opens =
    project?.accountId === accountId && (projectId === null || projectId === project.id);
  if (!opens) throw new ControlError('project_forbidden');
  return project;
}

/**
 * The secret to sign with, or `null` where the project has just gone: a key's own, whose revocation then
 * ends what it asked for, and for people the project's internal one.
 */
export async function signersSecret(
  registry: Pick<ProjectRegistry, 'internalSecretKey'>,
  signer: Signer,
  project: Pick<Project, 'id'>,
): Promise<string | null> {
  return signer.kind === 'secret_key' ? signer.secret : registry.internalSecretKey(project.id);
}
