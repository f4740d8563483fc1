import {
  ApiError,
  answer,
  defineRawRoute,
  defineRoute,
  everyone,
  Reply,
  type Route,
  z,
} from '@auraimage/http';
import type { NewSession, PendingSignIn, ProviderProfile, SignInProvider } from '@auraimage/ports';
import type { ControlDependencies } from '../dependencies.js';
import { auditEntry } from './access.js';
import { acceptInvitation, createMember } from './accounts.js';
import { createProviderCookie, createSessionCookie } from './cookie.js';
import {
  type Attempt,
  countAttempts,
  passwordField,
  readEmail,
  refundAttempts,
  refundingFailures,
} from './credentials.js';
import { clientOf, createSignIn, type Exchange } from './sign-in.js';

/** Where a provider sends the browser back to, after the URL of the dashboard. */
export const PROVIDER_CALLBACK = '/v1/auth/sign-in/provider/callback';

const url = z.string().openapi({ description: 'Where to send the browser' });

/** Sign-in at a provider (OpenID Connect). Without one, only the route that says so exists. */
export function providerRoutes(dependencies: ControlDependencies): Route[] {
  const { provider } = dependencies.ports;
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/auth/sign-in',
      hosts: ['app'],
      access: everyone,
      doc: {
        operationId: 'getSignIn',
        tags: ['Sign-in'],
        summary: 'Get how people can sign in here',
      },
      success: {
        status: 200,
        schema: z.object({
          provider: z.object({ name: z.string() }).nullable().openapi({
            description: 'The sign-in provider; `null`: people sign in with a password only',
          }),
        }),
        description: 'The ways to sign in, besides the password',
      },
      handler: () => ({ provider: provider === undefined ? null : { name: provider.name } }),
    }),
    ...(provider === undefined ? [] : flowRoutes(dependencies, provider)),
  ];
}

function flowRoutes(dependencies: ControlDependencies, provider: SignInProvider): Route[] {
  const { access, ports, options } = dependencies;
  const { identity, attempts } = ports;
  const cookie = createProviderCookie(options.appUrl);
  const finish = createFinish(dependencies, provider);

  const begin = async (purpose: Purpose) => {
    const { url, flow } = await answering(options, () => provider.begin(noteOf(purpose)));
    return new Reply({ url }, [cookie.set(flow)]);
  };

  return [
    defineRoute({
      method: 'POST',
      path: '/v1/auth/sign-in/provider',
      hosts: ['app'],
      access: access.ownPages,
      doc: {
        operationId: 'startProviderSignIn',
        tags: ['Sign-in'],
        summary: 'Sign in at the provider',
        description:
          'Returns the address to send the browser to. The provider sends it back to this server, which starts a session, with a cookie, and opens the sign-in page of the dashboard.',
      },
      body: z.strictObject({
        invitation: z.string().max(1000).optional().openapi({
          description: 'The `token` of an invitation or set-up link, for people without an account',
        }),
      }),
      bodyIsOptional: true,
      errors: ['invitation_invalid', 'provider_unavailable', 'too_many_attempts'],
      success: { status: 200, schema: z.object({ url }), description: 'The address' },
      async handler({ body: { invitation }, context }) {
        await countAttempts(attempts, [['provider_client', context.client]]);
        if (invitation !== undefined && !TEXT.test(invitation)) {
          throw new ApiError('invitation_invalid');
        }
        return begin({ kind: 'sign_in', invitation: invitation ?? '' });
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/auth/me/provider',
      hosts: ['app'],
      access: access.session,
      doc: {
        operationId: 'connectProvider',
        tags: ['Sign-in'],
        summary: 'Connect the account with the provider',
        description:
          'Returns the address to send the browser to. The provider sends it back to this server. If the email there is the same, and verified, the user can sign in at the provider from then on.',
      },
      body: z.strictObject({ password: passwordField }),
      errors: ['password_wrong', 'provider_unavailable', 'too_many_attempts', 'sign_in_busy'],
      success: { status: 200, schema: z.object({ url }), description: 'The address' },
      async handler({ access: { user, credentialId }, body: { password } }) {
        const attempt: Attempt = ['password_change', user.id];
        await countAttempts(attempts, [attempt]);
        const isRight = await refundingFailures(attempts, [attempt], () =>
          identity.verifyPassword(user.id, password),
        );
        if (!isRight) throw new ApiError('password_wrong');
        await attempts.reset('password_change', user.id);
        return begin({ kind: 'connect', sessionId: credentialId });
      },
    }),

    defineRawRoute({
      method: 'GET',
      path: PROVIDER_CALLBACK,
      hosts: ['app'],
      access: everyone,
      async raw({ request, context }) {
        const { path, query, cookies } = await finish({ request, context });
        const page = `${options.appUrl}/dashboard/${path}?${new URLSearchParams(query)}`;
        const reply = answer(context, 'owner', 303, { Location: page });
        // Whatever came of it, it cannot be finished again.
        return { ...reply, cookies: [...cookies, cookie.clear()] };
      },
    }),
  ];
}

const TEXT = /^[\w-]{0,80}$/;

/** What a sign-in at the provider is for. */
type Purpose =
  | {
      readonly kind: 'sign_in';
      /** Token of a link; empty for none. */
      readonly invitation: string;
    }
  /** Only the session that has begun it can end it. */
  | { readonly kind: 'connect'; readonly sessionId: string };

const noteOf = (purpose: Purpose): string =>
  purpose.kind === 'connect' ? `connect-${purpose.sessionId}` : `sign_in-${purpose.invitation}`;

function readNote(note: string): Purpose {
  const rest = note.slice(note.indexOf('-') + 1);
  return note.startsWith('connect-')
    ? { kind: 'connect', sessionId: rest }
    : { kind: 'sign_in', invitation: rest };
}

/** Runs a request to the provider. Its failures go to the log. */
async function answering<T>(
  { onFailure }: Pick<ControlDependencies['options'], 'onFailure'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    onFailure(error);
    throw new ApiError('provider_unavailable');
  }
}

/** The page of the dashboard that opens, what its query tells it, and cookies. */
interface Finished {
  readonly path: 'sign-in' | 'account';
  readonly query: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
}

/** Ends a sign-in at the provider. Every outcome leads to a page. */
function createFinish(dependencies: ControlDependencies, provider: SignInProvider) {
  const { ports, options } = dependencies;
  const { attempts } = ports;
  const cookie = createProviderCookie(options.appUrl);
  const enter = createEnter(dependencies, provider);
  const connect = createConnect(dependencies);

  /** Of every failed sign-in. */
  const failing = async (
    path: Finished['path'],
    work: () => Promise<Finished>,
  ): Promise<Finished> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { path, query: { provider: error.code }, cookies: [] };
    }
  };

  return (exchange: Exchange): Promise<Finished> =>
    failing('sign-in', async () => {
      const { request, context } = exchange;
      const attempt: Attempt = ['provider_client', context.client];
      await countAttempts(attempts, [attempt]);
      // Two different values: another page of the domain has set one, and the server cannot tell which.
      const [flow = '', ...others] = cookie.read(request.headers.get('cookie'));
      if (others.length > 0) throw new ApiError('sign_in_expired');
      const { search } = new URL(request.url);
      const outcome = await answering(options, () => provider.finish(flow, search));
      if (outcome.status === 'expired') throw new ApiError('sign_in_expired');
      const purpose = readNote(outcome.note);
      const path = purpose.kind === 'connect' ? 'account' : 'sign-in';
      return failing(path, async () => {
        if (outcome.status === 'refused') {
          const query = { provider: 'provider_refused', reason: outcome.reason };
          return { path, query, cookies: [] };
        }
        const { profile } = outcome;
        const finished =
          purpose.kind === 'connect'
            ? await connect(profile, purpose.sessionId, exchange)
            : await enter(profile, purpose.invitation, exchange);
        await refundAttempts(attempts, [attempt]);
        return finished;
      });
    });
}

/**
 * Signs in whoever is connected with the account at the provider. Anybody else gets an account of their own, with an
 * email that the provider has verified and that has no account yet, if they are invited or admitted. Having the email
 * of an account is not enough to get into it: whoever made that account was never asked to prove it.
 */
function createEnter(dependencies: ControlDependencies, provider: SignInProvider) {
  const { ports } = dependencies;
  const { identity } = ports;
  const signIn = createSignIn(dependencies);
  const details = { provider: provider.name };

  async function create(
    { account, name, ...facts }: ProviderProfile,
    invitation: string,
    { context }: Exchange,
  ): Promise<void> {
    const email = verifiedEmail(facts);
    const person = { email, password: null, provider: account, ...(name === null ? {} : { name }) };
    if (invitation !== '') return void (await acceptInvitation(ports, invitation, person, context));
    // The first account is made with the set-up link: it is the administrator's.
    if (!provider.admits(email) || !(await identity.hasUsers())) {
      const isHere = (await identity.findUserByEmail(email)) !== null;
      throw new ApiError(isHere ? 'provider_not_connected' : 'provider_person_unknown');
    }
    await createMember(ports, person);
  }

  return async (
    profile: ProviderProfile,
    invitation: string,
    exchange: Exchange,
  ): Promise<Finished> => {
    const find = () => identity.signInByProvider(profile.account, clientOf(exchange));
    const reply = async (
      began: NewSession | PendingSignIn,
      done: 'signed_in' | 'account_created',
    ) => {
      const action = `account.${done === 'signed_in' ? done : 'created'}` as const;
      const { value, cookies } = await signIn(exchange, began, details, action);
      const query = { provider: 'next' in value ? 'second_factor' : done };
      return { path: 'sign-in' as const, query, cookies };
    };
    const known = await find();
    if (known !== null) return reply(known, 'signed_in');
    try {
      await create(profile, invitation, exchange);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'email_taken') throw error;
      // The person may have come twice at once.
      const other = await find();
      if (other === null) throw new ApiError('provider_not_connected');
      return reply(other, 'signed_in');
    }
    const began = await find();
    if (began === null) throw new ApiError('sign_in_expired');
    return reply(began, 'account_created');
  };
}

/** Connects the user who has begun it with the account at the provider. */
function createConnect({ ports, options }: ControlDependencies) {
  const { identity, audit, clock, provider } = ports;
  const cookie = createSessionCookie(options.appUrl);

  return async (
    { account, ...facts }: ProviderProfile,
    sessionId: string,
    { request, context }: Exchange,
  ): Promise<Finished> => {
    const [token = '', ...others] = cookie.read(request.headers.get('cookie'));
    const found = others.length > 0 ? null : await identity.findSession(token);
    if (found === null || found.session.id !== sessionId) throw new ApiError('sign_in_expired');
    const { user } = found;
    // The browser can be signed in at the provider as somebody else.
    if (verifiedEmail(facts) !== user.email) throw new ApiError('provider_email_differs');
    const outcome = await identity.connectProvider(user.id, sessionId, account);
    if (outcome === 'ended') throw new ApiError('sign_in_expired');
    if (outcome === 'taken') throw new ApiError('provider_not_connected');
    const caller = { kind: 'session', user } as const;
    const subject = { target: user.email, details: { provider: provider?.name ?? '' } };
    const entry = auditEntry(caller, context, 'account.provider_linked', subject);
    await audit.append([{ ...entry, at: clock.now() }]);
    return { path: 'account', query: { provider: 'connected' }, cookies: [] };
  };
}

/** @throws {ApiError} `provider_email_unverified` */
function verifiedEmail({
  email,
  emailVerified,
}: Pick<ProviderProfile, 'email' | 'emailVerified'>): string {
  if (email === null || !emailVerified) throw new ApiError('provider_email_unverified');
  return readEmail(email);
}
