import { createRouter, type RequestFacts } from '@auraimage/http';
import { testContext } from '@auraimage/http/testing';
import type { ProjectMembers, SignInProvider } from '@auraimage/ports';
import { createAccessChecks } from '../auth/access.js';
import { createSetupLink } from '../auth/accounts.js';
import { authRoutes } from '../auth/routes.js';
import { createSignInFailures } from '../auth/sign-in-failures.js';
import type { ControlPorts } from '../ports.js';
import {
  createMemoryAttempts,
  createMemoryAudit,
  createMemoryCliTokens,
  createMemoryInvitations,
  type MemoryLimits,
} from './memory-accounts.js';
import { createMemoryIdentity } from './memory-identity.js';
import { createMemoryRegistry } from './memory-registry.js';

export const APP = 'http://localhost:8787';
export const PASSWORD = 'correct horse battery staple';

export interface Call {
  readonly body?: unknown;
  /** Value of the session cookie. */
  readonly session?: string;
  /** Value of the cookie of known browsers. */
  readonly known?: string;
  /** Aborts when the client disconnects. */
  readonly signal?: AbortSignal;
  readonly bearer?: string;
  readonly client?: string;
  /** Added to the default headers. An empty value removes a header. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface AuthAppOptions {
  readonly appUrl?: string;
  /** Maximum attempts of each kind. */
  readonly limit?: MemoryLimits;
  readonly provider?: SignInProvider;
}

/** The routes of `/v1/auth` with ports in memory, and a browser that calls them from the dashboard. */
export function createAuthApp({ appUrl = APP, limit = 1000, provider }: AuthAppOptions = {}) {
  let later = 0;
  /** What goes to the log. */
  const failures: unknown[] = [];
  /** The facts of each request. */
  const facts: RequestFacts[] = [];
  const now = () => Date.now() + later;
  const audit = createMemoryAudit();
  const accounts = new Set<string>();
  let made = 0;
  const registry = createMemoryRegistry(now);
  const ports: ControlPorts = {
    ...({} as ControlPorts), // the routes of `/v1/auth` use no others
    identity: createMemoryIdentity(now),
    provider,
    cliTokens: createMemoryCliTokens(now, audit),
    invitations: createMemoryInvitations(registry.members, now, audit),
    attempts: createMemoryAttempts(limit),
    audit,
    clock: { now },
    members: { ...({} as ProjectMembers), ...registry.members },
    registry: {
      ...registry,
      async createAccount() {
        const id = `account ${++made}`;
        accounts.add(id);
        return id;
      },
      removeAccount: async (id) => void accounts.delete(id),
    },
  };
  const options = {
    publicUrl: 'https://cdn.example',
    appUrl,
    version: '1.2.3',
    projectQuotaBytes: null,
    auditDays: 400,
    legacyVisibilityTokens: false,
    onFailure: (error: unknown) => void failures.push(error),
    onDelivery: () => {},
    routes: () => [],
  };
  const access = createAccessChecks(ports, options);
  const signInFailures = createSignInFailures(ports, {
    onFailure(error) {
      throw error;
    },
  });
  const wakeDeletions = () => {};
  const { signal: stopping } = new AbortController();
  const router = createRouter(
    authRoutes({ ports, options, access, signInFailures, wakeDeletions, stopping }),
  );

  const prefix = appUrl.startsWith('https:') ? '__Secure-' : '';

  async function call(method: string, path: string, how: Call = {}): Promise<Response> {
    const { body, session, known, signal, bearer, client = '203.0.113.7' } = how;
    const headers = new Headers({ Origin: appUrl, 'Sec-Fetch-Site': 'same-origin' });
    if (body !== undefined) headers.set('Content-Type', 'application/json');
    const cookies = [
      ...(session === undefined ? [] : [`${prefix}aura_session=${session}`]),
      ...(known === undefined ? [] : [`${prefix}aura_known=${known}`]),
    ];
    if (cookies.length > 0) headers.set('Cookie', cookies.join('; '));
    if (bearer !== undefined) headers.set('Authorization', `Bearer ${bearer}`);
    for (const [name, value] of Object.entries(how.headers ?? {})) {
      if (value === '') headers.delete(name);
      else headers.set(name, value);
    }
    const init = {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    };
    const context = testContext({ client, host: 'app' });
    facts.push(context.facts);
    return router.fetch(new Request(`${appUrl}/v1/auth${path}`, init), context);
  }

  return {
    ports,
    accounts,
    audit,
    failures,
    writeSignInFailures: signInFailures.close,
    facts,
    call,
    post: (path: string, body: unknown, how: Call = {}) => call('POST', path, { ...how, body }),
    get: (path: string, how?: Call) => call('GET', path, how),
    pass(seconds: number): void {
      later += seconds * 1000;
    },
    /** Creates the first user with the set-up link. */
    async setUp(email = 'ada@example.com') {
      const link = await createSetupLink(ports, options, await ports.registry.createAccount());
      const token = tokenIn(link);
      const body = { token, email, password: PASSWORD };
      return sessionOf(await call('POST', '/invitations/accept', { body }));
    },
    /** Creates another user with an invitation from the first. */
    async invite(admin: string, email: string) {
      const made = await call('POST', '/invitations', { session: admin, body: {} });
      const { url } = (await made.json()) as { url: string };
      const body = { token: tokenIn(url), email, password: PASSWORD };
      return sessionOf(await call('POST', '/invitations/accept', { body }));
    },
  };
}

export type AuthApp = ReturnType<typeof createAuthApp>;

export function tokenIn(link: string): string {
  return new URL(link).searchParams.get('token') ?? '';
}

/** The session cookie that a response sets. */
export function sessionOf(response: Response): string {
  const value = /aura_session=([^;]*)/.exec(response.headers.get('set-cookie') ?? '')?.[1];
  if (value === undefined)
    throw new Error(`no session cookie in a response with status ${response.status}`);
  return value;
}

/** The cookie of known browsers that a response sets. */
export function knownOf(response: Response): string {
  const value = /aura_known=([^;]*)/.exec(response.headers.get('set-cookie') ?? '')?.[1];
  if (value === undefined) throw new Error(`status ${response.status} remembers no browser`);
  return value;
}

/** Status and code of an error response, without its message. */
export function refusalOf(response: Response): readonly [status: number, code: string | null] {
  return [response.status, response.headers.get('x-aura-error')];
}
