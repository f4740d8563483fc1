import { ApiError } from '@auraimage/http';
import type { NewAuditEntry, Project, ProjectRegistry, SecretKey } from '@auraimage/ports';
import {
  isProjectName,
  makeSecret,
  RESERVED_PROJECT_NAMES,
  SECRET_KEY_PREFIX,
  SERVE_SECRET_PREFIX,
} from '@auraimage/protocol';

/** Maximum number of projects of an account. */
export const MAX_PROJECTS = 100;
/** Maximum number of active secret keys of a project. */
export const MAX_SECRET_KEYS = 10;
/** Maximum number of presets of a project. */
export const MAX_PRESETS = 100;
/** Maximum and default grace period of a rotation, in seconds: 7 days, the maximum lifetime of a serve token. */
export const MAX_GRACE_SECONDS = 604_800;

export interface ProjectOptions {
  readonly accountId: string;
  readonly name: string;
  readonly allowedOrigins?: readonly string[];
  /** Bytes that the project may store, or `null` without a limit. */
  readonly quotaBytes: number | null;
}

/**
 * Creates a project with a serve secret. An account can have 100 projects.
 *
 * @param entry committed with the change
 * @throws {ApiError} `project_name_invalid`, `project_name_taken`, `project_limit`
 *
 * @example
 * const project = await createProject(registry, { accountId, name: 'my-app', quotaBytes: null }, entry);
 */
export async function createProject(
  registry: Pick<ProjectRegistry, 'createProject'>,
  { accountId, name, allowedOrigins = [], quotaBytes }: ProjectOptions,
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
 * Creates a secret key for one project. This is the only time that the secret is returned.
 *
 * @param name 1 to 100 characters
 * @param entry committed with the key
 * @throws {ApiError} `secret_key_limit` if the project has ten active keys
 *
 * @example
 * const { id, secret } = await createSecretKey(registry, project, 'production', entry);
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
 * Replaces the serve secret of a project. The old secret stays valid for the grace period. If an older secret is
 * still in its grace period, that ends now. With a grace period of 0, every outstanding link ends.
 *
 * @param graceSeconds whole seconds, 0 to 604,800
 * @param now Unix milliseconds
 * @param entry committed with the change
 * @returns the new secret
 * @throws {ApiError} `grace_invalid`, `project_not_found`
 *
 * @example
 * const secret = await rotateServeSecret(registry, project.id, 86_400, clock.now(), entry);
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

/**
 * Why a text cannot be a project name, or `null` if it can. It does not check whether the name is in use.
 *
 * @example
 * judgeProjectName('dashboard'); // 'reserved'
 */
export function judgeProjectName(name: string): 'invalid' | 'reserved' | null {
  if (RESERVED_PROJECT_NAMES.has(name)) return 'reserved';
  return isProjectName(name) ? null : 'invalid';
}

/**
 * Checks that a text can be a project name.
 *
 * @throws {ApiError} `project_name_invalid`
 *
 * @example
 * checkProjectName('my-app');
 */
export function checkProjectName(name: string): void {
  if (judgeProjectName(name) === null) return;
  throw new ApiError('project_name_invalid', {
    message: `${JSON.stringify(name.slice(0, 100))} cannot be a project's name: use 2 to 40 characters of a-z, 0-9 and "-", and no reserved word`,
  });
}

export function nameTaken(name: string): ApiError {
  return new ApiError('project_name_taken', {
    message: `A project named "${name}" already exists`,
  });
}
