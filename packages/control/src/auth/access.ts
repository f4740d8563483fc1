import { type Access, ApiError, type RequestContext, type RoutedRequest } from '@auraimage/http';
import type {
  AuditAction,
  AuditActor,
  NewAuditEntry,
  Project,
  ProjectMembers,
  ProjectRegistry,
  ProjectRole,
  SecretKey,
  User,
} from '@auraimage/ports';
import { type ErrorCode, SECRET_KEY_PREFIX } from '@auraimage/protocol';
import type { ControlOptions, ControlPorts } from '../ports.js';
import { createSessionCookie } from './cookie.js';
import { type CredentialRequest, createCrossSite } from './cross-site.js';
import {
  type AllowsSecretKeys,
  hasPermission,
  PERMISSIONS,
  type PermissionName,
  refusalOf,
} from './permissions.js';

/** Prefix of every CLI token. */
export const CLI_TOKEN_PREFIX = 'aura_cli_';

/** A user who makes a request. */
export interface Caller {
  readonly kind: 'session' | 'cli_token';
  readonly user: User;
  /** Id of the session or token. */
  readonly credentialId: string;
  /** When the CLI token expires, in Unix milliseconds; `null` for one that does not, and for a session. */
  readonly tokenExpiresAt: number | null;
}

/** A server that makes a request, by its secret key. */
interface KeyHolder {
  readonly kind: 'secret_key';
  readonly key: SecretKey;
  readonly secret: string;
}

/** Who makes a request for a project: a user or a server. */
export type Principal = Caller | KeyHolder;

/** A principal, and the project in which it has a permission. */
export interface ProjectGrant<Who extends Principal = Principal> {
  readonly principal: Who;
  readonly project: Project;
  /** Of a user; `null` for a secret key. */
  readonly role: Who extends Caller ? ProjectRole : ProjectRole | null;
}

/** What a permission grants: to users, and to secret keys where these have it. */
export type GrantOf<Name extends PermissionName> = ProjectGrant<
  AllowsSecretKeys<Name> extends true ? Principal : Caller
>;

const SIGNED_IN = [{ session: [] }, { cliToken: [] }];
const SESSION = [{ session: [] }];
const PEOPLE_AND_KEYS = [...SIGNED_IN, { secretKey: [] }];

const SIGNED_IN_ERRORS = [
  'sign_in_required',
  'credential_invalid',
  'cli_token_expired',
  'cross_site_request',
] as const;

/** Error codes for requests without credentials and with unknown ones. */
interface Unauthenticated {
  readonly missing: ErrorCode;
  readonly unknown: ErrorCode;
}

const PERSON: Unauthenticated = { missing: 'sign_in_required', unknown: 'credential_invalid' };
const PERSON_OR_KEY: Unauthenticated = {
  missing: 'secret_key_required',
  unknown: 'secret_key_invalid',
};

/** The access checks of the control plane's routes. */
export interface AccessChecks {
  /** Allows sessions and CLI tokens. */
  readonly signedIn: Access<Caller>;
  /** Allows sessions only. */
  readonly session: Access<Caller>;
  /** Allows administrators. */
  readonly admin: Access<Caller>;
  /**
   * Allows those who have a permission in the `{project}` of the path: members with its role and, where the table says
   * so, secret keys. Everybody else gets the same response as for an unknown project.
   */
  can<Name extends PermissionName>(permission: Name): Access<GrantOf<Name>>;
  /** Allows users and secret keys. The body names the project, so {@link AccessChecks.grant} checks it later. */
  readonly signer: Access<Principal>;
  /**
   * Refuses pages of other sites. For routes that start a session: another site must not sign its visitors in to
   * an account of its choice (login CSRF).
   */
  readonly ownPages: Access<null>;
  /**
   * The same check as `can`, for routes that also accept other tokens.
   *
   * @param missing error code for a request without credentials
   */
  grantOf(
    routed: RoutedRequest,
    permission: KeyPermission,
    missing?: ErrorCode,
  ): Promise<ProjectGrant>;
  /**
   * The project that the body of a request names. Without access, a secret key gets `project_forbidden` and a user
   * `project_not_found`.
   *
   * @throws {ApiError} `project_forbidden`, `project_not_found`, `role_forbidden`
   */
  grant(principal: Principal, permission: PermissionName, project: string): Promise<ProjectGrant>;
}

/** A permission that secret keys have, too. */
type KeyPermission = {
  [Name in PermissionName]: AllowsSecretKeys<Name> extends true ? Name : never;
}[PermissionName];

export function createAccessChecks(
  ports: Pick<ControlPorts, 'identity' | 'cliTokens'> & {
    readonly registry: Pick<ProjectRegistry, 'findProject' | 'findSecretKey'>;
    readonly members: Pick<ProjectMembers, 'find'>;
  },
  options: Pick<ControlOptions, 'appUrl'>,
): AccessChecks {
  const { registry, members } = ports;
  const crossSite = createCrossSite(options.appUrl);
  const authenticate = createAuthenticate(ports, options);

  const person = async ({ request }: RoutedRequest): Promise<Caller> =>
    authenticate(request, PERSON);

  async function principal(routed: RoutedRequest, codes: Unauthenticated): Promise<Principal> {
    const bearer = bearerOf(routed.request);
    if (!bearer?.startsWith(SECRET_KEY_PREFIX)) return authenticate(routed.request, codes);
    const key = await registry.findSecretKey(bearer);
    if (key === null) throw new ApiError(codes.unknown);
    return { kind: 'secret_key', key, secret: bearer };
  }

  /** @param forbidden code for a principal without access; as for an unknown project */
  async function grantTo<Who extends Principal>(
    found: Who,
    permission: PermissionName,
    name: string,
    forbidden: 'project_forbidden' | 'project_not_found',
  ): Promise<ProjectGrant<Who>> {
    if (found.kind === 'secret_key') {
      const project = await registry.findProject(name);
      const isAllowed = isForSecretKeys(permission) && project && reaches(found.key, project);
      if (!isAllowed) throw new ApiError(forbidden);
      return { principal: found, project, role: null } as ProjectGrant<Who>;
    }
    const membership = await members.find(name, found.user.accountId);
    if (membership === null) throw new ApiError(forbidden);
    const { project, role } = membership;
    if (!hasPermission(role, permission)) {
      throw new ApiError('role_forbidden', { message: refusalOf(role, permission, project.name) });
    }
    return { principal: found, project, role };
  }

  const grantOf: AccessChecks['grantOf'] = async (
    routed,
    permission,
    missing = PERSON_OR_KEY.missing,
  ) => {
    const found = await principal(routed, { ...PERSON_OR_KEY, missing });
    const name = routed.params['project'] ?? '';
    const granted = await grantTo(found, permission, name, 'project_forbidden');
    noteGrant(routed.context, granted);
    return granted;
  };

  async function can(routed: RoutedRequest, permission: PermissionName): Promise<ProjectGrant> {
    if (isForSecretKeys(permission)) return grantOf(routed, permission);
    const name = routed.params['project'] ?? '';
    const granted = await grantTo(await person(routed), permission, name, 'project_not_found');
    noteGrant(routed.context, granted);
    return granted;
  }

  return {
    signedIn: { security: SIGNED_IN, errors: SIGNED_IN_ERRORS, check: person },
    session: {
      security: SESSION,
      errors: SIGNED_IN_ERRORS,
      async check(routed) {
        const caller = await person(routed);
        if (caller.kind === 'session') return caller;
        throw new ApiError('sign_in_required', {
          message: 'Sign in: this endpoint does not accept a CLI token',
        });
      },
    },
    admin: {
      security: SIGNED_IN,
      errors: [...SIGNED_IN_ERRORS, 'admin_required'],
      async check(routed) {
        const caller = await person(routed);
        if (caller.user.role !== 'admin') throw new ApiError('admin_required');
        return caller;
      },
    },
    can: <Name extends PermissionName>(permission: Name) => ({
      ...accessTo(permission),
      check: (routed: RoutedRequest) => can(routed, permission) as Promise<GrantOf<Name>>,
    }),
    signer: {
      security: PEOPLE_AND_KEYS,
      errors: SIGNED_IN_ERRORS,
      async check(routed) {
        const found = await principal(routed, PERSON);
        if (found.kind === 'secret_key') routed.context.facts.secretKeyId = found.key.id;
        return found;
      },
    },
    ownPages: {
      security: [],
      errors: ['cross_site_request'],
      async check({ request }) {
        if (crossSite.isForeign(request)) throw new ApiError('cross_site_request');
        return null;
      },
    },
    grantOf,
    grant: (found, permission, name) =>
      grantTo(
        found,
        permission,
        name,
        found.kind === 'secret_key' ? 'project_forbidden' : 'project_not_found',
      ),
  };
}

function noteGrant({ facts }: RequestContext, { principal, project }: ProjectGrant): void {
  facts.project = project.name;
  if (principal.kind === 'secret_key') facts.secretKeyId = principal.key.id;
}

/** How a route with a permission is described. */
function accessTo(permission: PermissionName): Omit<Access<unknown>, 'check'> {
  const codes: readonly ErrorCode[] = isForSecretKeys(permission)
    ? [
        ...Object.values(PERSON_OR_KEY),
        'cli_token_expired',
        'project_forbidden',
        'cross_site_request',
      ]
    : [...SIGNED_IN_ERRORS, 'project_not_found'];
  return {
    permission,
    security: isForSecretKeys(permission) ? PEOPLE_AND_KEYS : SIGNED_IN,
    // Every member is at least a viewer.
    errors: PERMISSIONS[permission].role === 'viewer' ? codes : [...codes, 'role_forbidden'],
  };
}

function isForSecretKeys(permission: PermissionName): permission is KeyPermission {
  return PERMISSIONS[permission].secretKey;
}

/** Whether a secret key belongs to a project, or to the project's account. */
function reaches({ accountId, projectId }: SecretKey, project: Project): boolean {
  return accountId === project.accountId && (projectId === null || projectId === project.id);
}

/** The actor of an audit entry. */
export function actorOf(found: Principal): AuditActor {
  return found.kind === 'secret_key'
    ? { kind: 'secret_key', name: found.key.name }
    : { kind: found.kind, name: found.user.email };
}

/** The audit entry of a user's action. That on a project belongs to the project's account, whoever acts. */
export function auditEntry(
  caller: Pick<Caller, 'kind' | 'user'>,
  { client }: Pick<RequestContext, 'client'>,
  action: AuditAction,
  subject: Partial<Pick<NewAuditEntry, 'target' | 'details'>> & {
    readonly project?: Pick<Project, 'accountId' | 'name'>;
  } = {},
): NewAuditEntry {
  const { project, target = null, details = {} } = subject;
  const accountId = project?.accountId ?? caller.user.accountId;
  const actor = { kind: caller.kind, name: caller.user.email };
  const name = project?.name ?? null;
  return { accountId, actor, action, project: name, target, details, address: client };
}

type Authenticate = (request: CredentialRequest, codes: Unauthenticated) => Promise<Caller>;

/** A bearer token takes precedence over a cookie. A cookie from a page of another site is not looked up. */
function createAuthenticate(
  { identity, cliTokens }: Pick<ControlPorts, 'identity' | 'cliTokens'>,
  { appUrl }: Pick<ControlOptions, 'appUrl'>,
): Authenticate {
  const cookie = createSessionCookie(appUrl);
  const crossSite = createCrossSite(appUrl);

  async function byToken(text: string): Promise<Caller | null> {
    if (!text.startsWith(CLI_TOKEN_PREFIX)) return null;
    const token = await cliTokens.find(text);
    if (token === 'expired') throw new ApiError('cli_token_expired');
    const user = token === null ? null : await identity.findUser(token.userId);
    if (token === null || user === null) return null;
    const { id: credentialId, expiresAt: tokenExpiresAt } = token;
    return { kind: 'cli_token', user, credentialId, tokenExpiresAt };
  }

  async function bySession(token: string): Promise<Caller | null> {
    const found = await identity.findSession(token);
    if (found === null) return null;
    const { user, session } = found;
    return { kind: 'session', user, credentialId: session.id, tokenExpiresAt: null };
  }

  return async (request, { missing, unknown }) => {
    const bearer = bearerOf(request);
    if (bearer !== null) return found(await byToken(bearer), unknown);
    const [token, ...others] = cookie.read(request.headers.get('cookie'));
    if (token === undefined) throw new ApiError(missing);
    if (crossSite.refusesCookie(request)) throw new ApiError('cross_site_request');
    // Two different values: another page of the domain has set one, and the server cannot tell which.
    if (others.length > 0) throw new ApiError(unknown);
    return found(await bySession(token), unknown);
  };
}

function found(caller: Caller | null, code: ErrorCode): Caller {
  if (caller === null) throw new ApiError(code);
  return caller;
}

/**
 * The token after `Bearer` (RFC 6750 §2.1), or `null`. Other schemes are ignored: a proxy in front may use
 * `Authorization` for its own password.
 */
function bearerOf({ headers }: CredentialRequest): string | null {
  const [scheme = '', ...rest] = (headers.get('authorization') ?? '').trim().split(' ');
  return scheme.toLowerCase() === 'bearer' ? rest.join(' ').trim() : null;
}
