import {
  ApiError,
  defineRoute,
  iso,
  isoOrNull,
  Reply,
  type Route,
  type RoutedRequest,
  time,
  z,
} from '@auraimage/http';
import {
  type AttemptKind,
  type AuditAction,
  type ClientInfo,
  type NewAuditEntry,
  type NewSession,
  networkOf,
  type PasswordTurn,
  type PendingSignIn,
  type User,
} from '@auraimage/ports';
import type { ControlDependencies } from '../dependencies.js';
import { auditEntry, type Caller } from './access.js';
import { createKnownBrowserCookie, createPendingCookie, createSessionCookie } from './cookie.js';
import {
  type Attempt,
  checkPassword,
  countAttempts,
  emailField,
  isEmail,
  normaliseEmail,
  passwordField,
  refundAttempts,
  refundingFailures,
} from './credentials.js';

const MAX_USER_AGENT_LENGTH = 300;

export const meBody = z
  .object({
    email: z.string(),
    name: z.string(),
    role: z.enum(['admin', 'member']),
    accountId: z.string(),
    credential: z.enum(['session', 'cli_token']),
    tokenExpiresAt: time(
      'When the CLI token expires; `null`: never, or the credential is a session',
    ).nullable(),
  })
  .openapi('Me');

type MeBody = z.infer<typeof meBody>;

/** The result of a first step: a session, or the second step. */
export const signInBody = z.union([
  meBody,
  z
    .object({ next: z.literal('second_factor'), expiresAt: time('End of the sign-in') })
    .openapi('SecondFactorNeeded'),
]);

/** Sign-in, sign-out, the password and the signed-in user. */
export function signInRoutes(dependencies: ControlDependencies): Route[] {
  const { access, options, ports, signInFailures } = dependencies;
  const { identity, attempts, audit, clock } = ports;
  const cookie = createSessionCookie(options.appUrl);
  const signIn = createSignIn(dependencies);
  const beginSignIn = createBeginSignIn(dependencies);
  const rememberBrowser = createRememberBrowser(dependencies);

  return [
    defineRoute({
      method: 'POST',
      path: '/v1/auth/sign-in',
      hosts: ['app'],
      access: access.ownPages,
      doc: {
        operationId: 'signIn',
        tags: ['Sign-in'],
        summary: 'Sign in',
        description:
          'Starts a session, with a cookie, and ends the previous session of the browser. If the user has turned on the second factor, the response has `next` instead, and the session starts with `/v1/auth/sign-in/second-factor`. The response is the same for an unknown email and a wrong password. Attempts are limited by email and by network. A browser in which the user has signed in before has a limit of its own.',
      },
      body: z.strictObject({ email: emailField, password: passwordField }),
      errors: ['sign_in_failed', 'too_many_attempts', 'sign_in_busy'],
      success: { status: 200, schema: signInBody, description: 'Signed in, or the next step' },
      async handler({ body: { email: text, password }, request, context }) {
        const email = normaliseEmail(text);
        const { attempt, turn } = await beginSignIn(email, { request, context });
        const client = clientOf({ request, context });
        const began = await refundingFailures(attempts, attempt, () =>
          identity.signIn(email, password, client, { ...turn, signal: request.signal }),
        );
        if (began === null) {
          if (isEmail(email)) signInFailures.note(email, context.client);
          throw new ApiError('sign_in_failed');
        }
        await refundAttempts(attempts, attempt);
        for (const [kind, who] of attempt) {
          if (RESET_BY_SUCCESS.includes(kind)) await attempts.reset(kind, who);
        }
        return signIn({ request, context }, began);
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/auth/sign-out',
      hosts: ['app'],
      access: access.session,
      doc: {
        operationId: 'signOut',
        tags: ['Sign-in'],
        summary: 'Sign out',
        description: 'Ends the session of the cookie.',
      },
      success: { status: 204, description: 'Signed out' },
      async handler({ access: { user, credentialId } }) {
        await identity.revokeSession(user.id, credentialId);
        return new Reply(undefined, [cookie.clear()]);
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/auth/me/password',
      hosts: ['app'],
      access: access.session,
      doc: {
        operationId: 'changePassword',
        tags: ['Sign-in'],
        summary: 'Change the password',
        description:
          'Ends every other session of the user. Only this browser stays known as one in which the user has signed in.',
      },
      body: z.strictObject({ currentPassword: passwordField, newPassword: passwordField }),
      errors: ['password_weak', 'password_wrong', 'too_many_attempts', 'sign_in_busy'],
      success: { status: 204, description: 'Changed' },
      async handler({ access: caller, body, request, context }) {
        const { currentPassword, newPassword } = body;
        const { id } = caller.user;
        checkPassword(newPassword);
        const attempt: Attempt = ['password_change', id];
        await countAttempts(attempts, [attempt]);
        const outcome = await refundingFailures(attempts, [attempt], () =>
          identity.changePassword(id, currentPassword, newPassword, caller.credentialId),
        );
        if (outcome === 'wrong_password') throw new ApiError('password_wrong');
        await attempts.reset('password_change', id);
        const entry = auditEntry(caller, context, 'account.password_changed');
        await audit.append([{ ...entry, at: clock.now() }]);
        return new Reply(undefined, [
          await rememberBrowser(caller.user, request.headers.get('cookie')),
        ]);
      },
    }),

    defineRoute({
      method: 'GET',
      path: '/v1/auth/me',
      hosts: ['app'],
      access: access.signedIn,
      doc: {
        operationId: 'getMe',
        tags: ['Sign-in'],
        summary: 'Get the signed-in user',
        description: 'For a session, the response renews the cookie for 30 days.',
      },
      success: { status: 200, schema: meBody, description: 'The user' },
      handler({ access: caller, request }) {
        const [token] = cookie.read(request.headers.get('cookie'));
        const me = toMeBody(caller);
        if (caller.kind !== 'session' || token === undefined) return me;
        return new Reply(me, [cookie.set(token)]);
      },
    }),

    defineRoute({
      method: 'GET',
      path: '/v1/auth/me/methods',
      hosts: ['app'],
      access: access.signedIn,
      doc: {
        operationId: 'getMyMethods',
        tags: ['Sign-in'],
        summary: 'List how the user can sign in',
      },
      success: {
        status: 200,
        schema: z.object({
          email: z.string(),
          methods: z.array(z.enum(['password', 'provider'])),
          secondFactor: z
            .object({
              enabledAt: time(),
              backupCodes: z.number().int().openapi({ description: 'Unused backup codes' }),
            })
            .nullable()
            .openapi({ description: '`null`: off' }),
        }),
        description: 'The ways to sign in',
      },
      async handler({ access: { user } }) {
        const factor = await identity.findSecondFactor(user.id);
        const secondFactor = factor && { ...factor, enabledAt: iso(factor.enabledAt) };
        const issuer = ports.provider?.issuer;
        const byProvider = issuer !== undefined && (await identity.hasProvider(user.id, issuer));
        const methods = ['password' as const, ...(byProvider ? ['provider' as const] : [])];
        return { email: user.email, methods, secondFactor };
      },
    }),
  ];
}

export type Exchange = Pick<RoutedRequest, 'request' | 'context'>;

/** The client of a request, as the list of sessions shows it. */
export function clientOf({ request, context }: Exchange): ClientInfo {
  const userAgent = (request.headers.get('user-agent') ?? '').slice(0, MAX_USER_AGENT_LENGTH);
  return { address: context.client, userAgent };
}

/** The response that signs the browser in with a new session. */
type StartSession = (
  exchange: Exchange,
  session: NewSession,
  action: AuditAction,
  details?: NewAuditEntry['details'],
) => Promise<Reply<MeBody>>;

/** Returns the response to a right first step: it signs the browser in, or asks for the second step. */
export function createSignIn(dependencies: Pick<ControlDependencies, 'ports' | 'options'>) {
  const pending = createPendingCookie(dependencies.options.appUrl);
  const startSession = createStartSession(dependencies);
  return async (
    exchange: Exchange,
    began: NewSession | PendingSignIn,
    details: NewAuditEntry['details'] = {},
    action: AuditAction = 'account.signed_in',
  ): Promise<Reply<z.infer<typeof signInBody>>> => {
    if ('token' in began) return startSession(exchange, began, action, details);
    const body = { next: 'second_factor' as const, expiresAt: iso(began.expiresAt) };
    return new Reply(body, [pending.set(began.pendingToken)]);
  };
}

/** The attempts that a right password forgets. The others count guesses at other accounts, or elsewhere. */
const RESET_BY_SUCCESS: readonly AttemptKind[] = ['sign_in_email_network', 'sign_in_browser'];

/**
 * Counts a sign-in. A browser in which the user has signed in before has a limit of its own, so that guesses from
 * elsewhere cannot lock the user out. All others are limited by network, by network and email, and by email,
 * alike for an email that nobody has. The limit of an email is far above what one network may try.
 *
 * @throws {ApiError} `too_many_attempts`
 */
function createBeginSignIn({ ports, options }: ControlDependencies) {
  const { identity, attempts } = ports;
  const knownBrowsers = createKnownBrowserCookie(options.appUrl);
  return async (
    email: string,
    { request, context }: Exchange,
  ): Promise<{ attempt: readonly Attempt[]; turn: Omit<PasswordTurn, 'signal'> }> => {
    const texts = knownBrowsers.read(request.headers.get('cookie'));
    const known = texts.length === 0 ? null : await identity.findKnownBrowser(email, texts);
    if (known !== null && (await attempts.consume('sign_in_browser', known)) === 0) {
      // The caller is the user: of cookies, anybody with an account can get as many as they like.
      return { attempt: [['sign_in_browser', known]], turn: { caller: email, isKnown: true } };
    }
    const network = networkOf(context.client, 48);
    const attempt: readonly Attempt[] = [
      ['sign_in_network', network],
      ['sign_in_email_network', `${network} ${email}`],
      ['sign_in_email', email],
    ];
    await countAttempts(attempts, attempt);
    return { attempt, turn: { caller: network, isKnown: false } };
  };
}

/**
 * Ends every session that the browser had, so that an attacker who has set its cookie gains nothing (session
 * fixation). Remembers the browser.
 */
export function createStartSession({
  ports,
  options,
}: Pick<ControlDependencies, 'ports' | 'options'>): StartSession {
  const { identity, audit, clock } = ports;
  const cookie = createSessionCookie(options.appUrl);
  const rememberBrowser = createRememberBrowser({ ports, options });

  return async ({ request, context }, { token, user }, action, details = {}) => {
    const cookies = request.headers.get('cookie');
    for (const old of cookie.read(cookies)) {
      const found = await identity.findSession(old);
      if (found !== null) await identity.revokeSession(found.user.id, found.session.id);
    }
    const caller = { kind: 'session', user, tokenExpiresAt: null } as const;
    const entry = auditEntry(caller, context, action, { target: user.email, details });
    await audit.append([{ ...entry, at: clock.now() }]);
    return new Reply(toMeBody(caller), [cookie.set(token), await rememberBrowser(user, cookies)]);
  };
}

/**
 * Returns the `Set-Cookie` value by which the browser of a request is known for a user. Replaces the user's text in
 * the cookie, and keeps those of other users.
 */
function createRememberBrowser({
  ports: { identity },
  options,
}: Pick<ControlDependencies, 'ports' | 'options'>) {
  const knownBrowsers = createKnownBrowserCookie(options.appUrl);
  return async ({ id, email }: User, cookies: string | null): Promise<string> => {
    const texts = knownBrowsers.read(cookies);
    const own = await identity.findKnownBrowser(email, texts);
    const others = texts.filter((text) => text !== own);
    return knownBrowsers.set([await identity.rememberBrowser(id), ...others]);
  };
}

function toMeBody({
  kind,
  user,
  tokenExpiresAt,
}: Pick<Caller, 'kind' | 'user' | 'tokenExpiresAt'>): MeBody {
  const { email, name, role, accountId } = user;
  return {
    email,
    name,
    role,
    accountId,
    credential: kind,
    tokenExpiresAt: isoOrNull(tokenExpiresAt),
  };
}
