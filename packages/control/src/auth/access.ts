import { type Access, ApiError, type RequestContext, type RoutedRequest } from '@auraimage/http';
import type {
  AuditAction,
  AuditActor,
  NewAuditEntry,
  Project,
  ProjectRegistry,
  SecretKey,
  User,
} from '@auraimage/ports';
import { type ErrorCode, SECRET_KEY_PREFIX } from '@auraimage/protocol';
import type { ControlOptions, ControlPorts } from '../ports.js';
import { createSessionCookie } from './cookie.js';
import { type CredentialRequest, createCrossSite } from './cross-site.js';

/** Prefix of every CLI token. */
export const CLI_TOKEN_PREFIX = 'aura_cli_';

/** A user who makes a request. */
export interface Caller {
  readonly kind: 'session' | 'cli_token';
  readonly user: User;
  /** Id of the session or token. */
  readonly credentialId: string;
}

/** A server that makes a request, by its secret key. */
interface KeyHolder {
  readonly kind: 'secret_key';
  readonly key: SecretKey;
  readonly secret: string;
}

/** Who makes a request for a project: a user or a server. */
export type Principal = Caller | KeyHolder;

/** A principal, and the project that it has access to. */
export interface ProjectOwner {
  readonly principal: Principal;
  readonly project: Project;
}

/** A user, and a project that the user's account owns. */
export interface ProjectOfCaller {
  readonly caller: Caller;
  readonly project: Project;
}

const SIGNED_IN = [{ session: [] }, { cliToken: [] }];
const SESSION = [{ session: [] }];
const OWNER = [...SIGNED_IN, { secretKey: [] }];

const SIGNED_IN_ERRORS = ['sign_in_required', 'credential_invalid', 'cross_site_request'] as const;

/** Error codes for requests without credentials and with unknown ones. */
interface Unauthenticated {
  readonly missing: ErrorCode;
  readonly unknown: ErrorCode;
}

const PERSON: Unauthenticated = { missing: 'sign_in_required', unknown: 'credential_invalid' };
const OWNER_OF_IMAGES: Unauthenticated = {
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
  /** Allows users whose account owns the `{project}` of the path. */
  readonly inProject: Access<ProjectOfCaller>;
  /** Allows users and secret keys. The body names the project, so {@link projectOf} checks it later. */
  readonly signer: Access<Principal>;
  /** Allows users and secret keys that have access to the `{project}` of the path. */
  readonly owner: Access<ProjectOwner>;
  /**
   * Refuses pages of other sites. For routes that start a session: another site must not sign its visitors in to
   * an account of its choice (login CSRF).
   */
  readonly ownPages: Access<null>;
  /**
   * The same check as `owner`, for routes that also accept other tokens.
   *
   * @param missing error code for a request without credentials
   */
  ownerOf(routed: RoutedRequest, missing?: ErrorCode): Promise<ProjectOwner>;
}

export function createAccessChecks(
  ports: Pick<ControlPorts, 'identity' | 'cliTokens'> & {
    readonly registry: Pick<ProjectRegistry, 'findProject' | 'findSecretKey'>;
  },
  options: Pick<ControlOptions, 'appUrl'>,
): AccessChecks {
  const { registry } = ports;
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

  const ownerOf: AccessChecks['ownerOf'] = async (routed, missing = OWNER_OF_IMAGES.missing) => {
    const found = await principal(routed, { ...OWNER_OF_IMAGES, missing });
    const project = await registry.findProject(routed.params['project'] ?? '');
    if (project === null || !hasAccess(found, project)) throw new ApiError('project_forbidden');
    noteOwner(routed.context, found, project);
    return { principal: found, project };
  };

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
    inProject: {
      security: SIGNED_IN,
      errors: [...SIGNED_IN_ERRORS, 'project_not_found'],
      async check(routed) {
        const caller = await person(routed);
        const project = await ownProject(registry, caller.user, routed.params['project'] ?? '');
        routed.context.facts.project = project.name;
        return { caller, project };
      },
    },
    signer: {
      security: OWNER,
      errors: SIGNED_IN_ERRORS,
      async check(routed) {
        const found = await principal(routed, PERSON);
        if (found.kind === 'secret_key') routed.context.facts.secretKeyId = found.key.id;
        return found;
      },
    },
    owner: {
      security: OWNER,
      errors: [...Object.values(OWNER_OF_IMAGES), 'project_forbidden', 'cross_site_request'],
      check: (routed) => ownerOf(routed),
    },
    ownPages: {
      security: [],
      errors: ['cross_site_request'],
      async check({ request }) {
        if (crossSite.isForeign(request)) throw new ApiError('cross_site_request');
        return null;
      },
    },
    ownerOf,
  };
}

function noteOwner({ facts }: RequestContext, found: Principal, project: Project): void {
  facts.project = project.name;
  if (found.kind === 'secret_key') facts.secretKeyId = found.key.id;
}

/** Whether a principal has access to a project. */
function hasAccess(found: Principal, { id, accountId }: Project): boolean {
  if (found.kind !== 'secret_key') return found.user.accountId === accountId;
  const { key } = found;
  return key.accountId === accountId && (key.projectId === null || key.projectId === id);
}

/**
 * A project of the user's account. The response for another account's project is the same as for an unknown one.
 *
 * @throws {ApiError} `project_not_found`
 */
async function ownProject(
  registry: Pick<ProjectRegistry, 'findProject'>,
  user: Pick<User, 'accountId'>,
  name: string,
): Promise<Project> {
  const project = await registry.findProject(name);
  if (project?.accountId !== user.accountId) throw new ApiError('project_not_found');
  return project;
}

/**
 * The project that a principal may sign for. Without access, a secret key gets `project_forbidden` and a user
 * `project_not_found`.
 *
 * @throws {ApiError} `project_forbidden`, `project_not_found`
 */
export async function projectOf(
  registry: Pick<ProjectRegistry, 'findProject'>,
  found: Principal,
  name: string,
): Promise<Project> {
  if (found.kind !== 'secret_key') return ownProject(registry, found.user, name);
  const project = await registry.findProject(name);
  if (project === null || !hasAccess(found, project)) throw new ApiError('project_forbidden');
  return project;
}

/** The actor of an audit entry. */
export function actorOf(found: Principal): AuditActor {
  return found.kind === 'secret_key'
    ? { kind: 'secret_key', name: found.key.name }
    : { kind: found.kind, name: found.user.email };
}

/** The audit entry of a user's action. */
export function auditEntry(
  caller: Pick<Caller, 'kind' | 'user'>,
  { client }: Pick<RequestContext, 'client'>,
  action: AuditAction,
  subject: Partial<Pick<NewAuditEntry, 'project' | 'target' | 'details'>> = {},
): NewAuditEntry {
  const { project = null, target = null, details = {} } = subject;
  const { accountId, email } = caller.user;
  const actor = { kind: caller.kind, name: email };
  return { accountId, actor, action, project, target, details, address: client };
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
    const user = token === null ? null : await identity.findUser(token.userId);
    if (token === null || user === null) return null;
    return { kind: 'cli_token', user, credentialId: token.id };
  }

  async function bySession(token: string): Promise<Caller | null> {
    const found = await identity.findSession(token);
    return found && { kind: 'session', user: found.user, credentialId: found.session.id };
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
