import {
  isProjectName,
  makeSecret,
  SECRET_KEY_PREFIX,
  SERVE_SECRET_PREFIX,
} from '@auraimage/protocol';
import type { Project, ProjectRegistry, SecretKey } from './ports.js';

/** Most active secret keys of one project. */
export const MAX_SECRET_KEYS = 10;
/** Longest grace of a rotation, and the default, in seconds: 7 days, the longest life of a serve token. */
export const MAX_GRACE_SECONDS = 604_800;

/** Why a change to a project was refused. Stable. */
export type ProjectErrorCode =
  | 'project_name_invalid'
  | 'project_name_taken'
  | 'project_missing'
  | 'secret_key_limit'
  | 'grace_invalid';

/** Thrown by every function here for a change that breaks a rule. */
export class ProjectError extends Error {
  override readonly name = 'ProjectError';
  constructor(
    readonly code: ProjectErrorCode,
    message: string,
  ) {
    super(message);
  }
}

export interface ProjectOptions {
  readonly accountId: string;
  readonly name: string;
  readonly allowedOrigins?: readonly string[];
  readonly quotaBytes?: number | null;
}

/**
 * Makes a project with its serve secret.
 *
 * @throws {ProjectError} `project_name_invalid`, `project_name_taken`
 *
 * @example
 * const project = await createProject(registry, { accountId, name: 'my-app' });
 */
export async function createProject(
  registry: Pick<ProjectRegistry, 'createProject'>,
  { accountId, name, allowedOrigins = [], quotaBytes = null }: ProjectOptions,
): Promise<Project> {
  if (!isProjectName(name)) {
    throw new ProjectError(
      'project_name_invalid',
      `"${name}" cannot be a project's name: use 2 to 40 of a-z, 0-9 and "-", and no reserved word`,
    );
  }
  const serveSecret = makeSecret(SERVE_SECRET_PREFIX);
  const project = await registry.createProject({
    accountId,
    name,
    serveSecret,
    allowedOrigins,
    quotaBytes,
  });
  if (project === 'name_taken') {
    throw new ProjectError('project_name_taken', `A project named "${name}" exists already`);
  }
  return project;
}

/**
 * Makes a secret key for one project. The secret is returned here and never again.
 *
 * @throws {ProjectError} `secret_key_limit` at ten active keys
 */
export async function createSecretKey(
  registry: Pick<ProjectRegistry, 'createSecretKey'>,
  project: Project,
  name: string,
): Promise<SecretKey & { readonly secret: string }> {
  const secret = makeSecret(SECRET_KEY_PREFIX);
  const { accountId, id: projectId } = project;
  const key = await registry.createSecretKey(
    { accountId, projectId, name, secret },
    MAX_SECRET_KEYS,
  );
  if (key === 'limit_reached') {
    throw new ProjectError(
      'secret_key_limit',
      `"${project.name}" has ${MAX_SECRET_KEYS} active secret keys: revoke one first`,
    );
  }
  return { ...key, secret };
}

/**
 * Gives a project a new serve secret. The old one goes on verifying for the grace; one that was
 * already in its grace ends now. A grace of 0 ends every outstanding link.
 *
 * @param graceSeconds whole seconds, 0 to 604800
 * @param now Unix milliseconds
 * @returns the new secret
 * @throws {ProjectError} `grace_invalid`, `project_missing`
 */
export async function rotateServeSecret(
  registry: Pick<ProjectRegistry, 'replaceServeSecret'>,
  projectId: string,
  graceSeconds: number,
  now: number,
): Promise<string> {
  if (!Number.isInteger(graceSeconds) || graceSeconds < 0 || graceSeconds > MAX_GRACE_SECONDS) {
    throw new ProjectError(
      'grace_invalid',
      `The grace is a whole number of seconds from 0 to ${MAX_GRACE_SECONDS}`,
    );
  }
  const secret = makeSecret(SERVE_SECRET_PREFIX);
  const previousUntil = graceSeconds > 0 ? now + graceSeconds * 1000 : null;
  if (await registry.replaceServeSecret(projectId, secret, previousUntil)) return secret;
  throw new ProjectError('project_missing', 'There is no such project');
}
