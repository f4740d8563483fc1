import { ApiError } from '@auraimage/http';
import type {
  NewAuditEntry,
  Project,
  ProjectChanges,
  ProjectRegistry,
  SecretKey,
} from '@auraimage/ports';
import {
  isProjectName,
  makeSecret,
  RESERVED_PROJECT_NAMES,
  SECRET_KEY_PREFIX,
  SERVE_SECRET_PREFIX,
} from '@auraimage/protocol';

/** Most projects of one account. */
export const MAX_PROJECTS = 100;
/** Most active secret keys of one project. */
export const MAX_SECRET_KEYS = 10;
/** Longest grace of a rotation, and the default, in seconds: 7 days, the longest life of a serve token. */
export const MAX_GRACE_SECONDS = 604_800;

export interface ProjectOptions {
  readonly accountId: string;
  readonly name: string;
  readonly allowedOrigins?: readonly string[];
  readonly quotaBytes?: number | null;
}

/**
 * Makes a project with its serve secret.
 *
 * @param entry committed with the change
 * @throws {ApiError} `project_name_invalid`, `project_name_taken`, `project_limit`
 *
 * @example
 * const project = await createProject(registry, { accountId, name: 'my-app' }, entry);
 */
export async function createProject(
  registry: Pick<ProjectRegistry, 'createProject'>,
  { accountId, name, allowedOrigins = [], quotaBytes = null }: ProjectOptions,
  entry: NewAuditEntry,
): Promise<Project> {
  checkProjectName(name);
  const serveSecret = makeSecret(SERVE_SECRET_PREFIX);
  const project = await registry.createProject(
    { accountId, name, serveSecret, allowedOrigins, quotaBytes },
    MAX_PROJECTS,
    entry,
  );
  if (project === 'limit_reached') throw new ApiError('project_limit');
  if (project === 'name_taken') throw nameTaken(name);
  return project;
}

/**
 * Makes one change to a project.
 *
 * @param entry committed with the change
 * @throws {ApiError} `project_name_invalid`, `project_name_taken`, `project_not_found`
 */
export async function changeProject(
  registry: Pick<ProjectRegistry, 'changeProject'>,
  projectId: string,
  changes: ProjectChanges,
  entry: NewAuditEntry,
): Promise<Project> {
  if (changes.name !== undefined) checkProjectName(changes.name);
  const project = await registry.changeProject(projectId, changes, entry);
  if (project === null) throw new ApiError('project_not_found');
  if (project === 'name_taken') throw nameTaken(changes.name ?? '');
  return project;
}

/**
 * Makes a secret key for one project. The secret is returned here and never again.
 *
 * @param entry committed with the change
 * @throws {ApiError} `secret_key_limit` at ten active keys
 */
export async function createSecretKey(
  registry: Pick<ProjectRegistry, 'createSecretKey'>,
  project: Pick<Project, 'accountId' | 'id' | 'name'>,
  name: string,
  entry: NewAuditEntry,
): Promise<SecretKey & { readonly secret: string }> {
  const secret = makeSecret(SECRET_KEY_PREFIX);
  const { accountId, id: projectId } = project;
  const key = await registry.createSecretKey(
    { accountId, projectId, name, secret },
    MAX_SECRET_KEYS,
    entry,
  );
  if (key !== 'limit_reached') return { ...key, secret };
  throw new ApiError('secret_key_limit', {
    message: `"${project.name}" has ${MAX_SECRET_KEYS} active secret keys: revoke one first`,
  });
}

/**
 * Gives a project a new serve secret. The old one goes on verifying for the grace; one that was
 * already in its grace ends now. A grace of 0 ends every outstanding link.
 *
 * @param graceSeconds whole seconds, 0 to 604800
 * @param now Unix milliseconds
 * @param entry committed with the change
 * @returns the new secret
 * @throws {ApiError} `grace_invalid`, `project_not_found`
 */
export async function rotateServeSecret(
  registry: Pick<ProjectRegistry, 'replaceServeSecret'>,
  projectId: string,
  graceSeconds: number,
  now: number,
  entry: NewAuditEntry,
): Promise<string> {
  if (!Number.isInteger(graceSeconds) || graceSeconds < 0 || graceSeconds > MAX_GRACE_SECONDS) {
    throw new ApiError('grace_invalid');
  }
  const secret = makeSecret(SERVE_SECRET_PREFIX);
  const previousUntil = graceSeconds > 0 ? now + graceSeconds * 1000 : 0;
  if (await registry.replaceServeSecret(projectId, secret, previousUntil, entry)) return secret;
  throw new ApiError('project_not_found');
}

/** Whether a name may be a project's, and why not: `taken` is for the registry to say. */
export function judgeProjectName(name: string): 'invalid' | 'reserved' | null {
  if (RESERVED_PROJECT_NAMES.has(name)) return 'reserved';
  return isProjectName(name) ? null : 'invalid';
}

/** @throws {ApiError} `project_name_invalid` */
export function checkProjectName(name: string): void {
  if (judgeProjectName(name) === null) return;
  throw new ApiError('project_name_invalid', {
    message: `${JSON.stringify(name.slice(0, 100))} cannot be a project's name: use 2 to 40 of a-z, 0-9 and "-", and no reserved word`,
  });
}

function nameTaken(name: string): ApiError {
  return new ApiError('project_name_taken', {
    message: `A project named "${name}" exists already`,
  });
}
