import type { User } from '@auraimage/ports';
import type { ControlOptions } from '../context.js';
import { ControlError } from '../errors.js';
import type { ControlPorts } from '../ports.js';
import { createSessionCookie } from './cookie.js';
import { type CredentialRequest, createCrossSite } from './cross-site.js';

/** Begins every token of the command line. */
export const CLI_TOKEN_PREFIX = 'aura_cli_';

/** Who makes a request, by what they showed. */
export interface Caller {
  readonly kind: 'session' | 'cli_token';
  readonly user: User;
  /** Id of the session or token. */
  readonly credentialId: string;
}

/** Why nobody was found. {@link https://www.rfc-editor.org/rfc/rfc6750#section-3.1} */
export type Stranger = 'missing' | 'unknown' | 'cross_site';

export type Authenticate = (request: CredentialRequest) => Promise<Caller>;

type AuthPorts = Pick<ControlPorts, 'identity' | 'cliTokens'>;
type AuthOptions = Pick<ControlOptions, 'appUrl'>;

const REFUSALS = {
  missing: 'sign_in_required',
  unknown: 'credential_invalid',
  cross_site: 'cross_site_request',
} as const;

/**
 * Finds who makes a request.
 *
 * @example
 * const authenticate = createAuthenticate(ports, options);
 * const { user } = await authenticate(request);
 * // throws ControlError: sign_in_required, credential_invalid, cross_site_request
 */
export function createAuthenticate(ports: AuthPorts, options: AuthOptions): Authenticate {
  const findCaller = createFindCaller(ports, options);
  return async (request) => {
    const found = await findCaller(request);
    if (typeof found === 'object') return found;
    throw new ControlError(REFUSALS[found]);
  };
}

/** A bearer token wins over a cookie. A cookie that a page of another site sent is not even looked up. */
export function createFindCaller(
  { identity, cliTokens }: AuthPorts,
  { appUrl }: AuthOptions,
): (request: CredentialRequest) => Promise<Caller | Stranger> {
  const cookie = createSessionCookie(appUrl);
  const crossSite = createCrossSite(appUrl);

  async function byToken(text: string): Promise<Caller | Stranger> {
    if (!text.startsWith(CLI_TOKEN_PREFIX)) return 'unknown';
    const token = await cliTokens.find(text);
    const user = token === null ? null : await identity.findUser(token.userId);
    if (token === null || user === null) return 'unknown';
    return { kind: 'cli_token', user, credentialId: token.id };
  }

  return async (request) => {
    const bearer = bearerOf(request);
    if (bearer !== null) return byToken(bearer);
    const [token, ...others] = cookie.read(request.headers.get('cookie'));
    if (token === undefined) return 'missing';
    if (crossSite.distrustsCookie(request)) return 'cross_site';
    // Two different ones: another page of the domain has set one over ours, and nobody can tell which.
    if (others.length > 0) return 'unknown';
    const found = await identity.findSession(token);
    if (found === null) return 'unknown';
    return { kind: 'session', user: found.user, credentialId: found.session.id };
  };
}

/**
 * What stands behind `Bearer` (RFC 6750 §2.1), whatever it is, or `null` without it. Other schemes are
 * for others, such as a proxy that asks for a password of its own.
 */
export function bearerOf({ headers }: CredentialRequest): string | null {
  const [scheme = '', ...rest] = (headers.get('authorization') ?? '').trim().split(' ');
  return scheme.toLowerCase() === 'bearer' ? rest.join(' ').trim() : null;
}
