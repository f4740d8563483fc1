import { ApiError } from '@auraimage/http';
import type { NewSession, PendingSignIn, ProviderProfile, SignInProvider } from '@auraimage/ports';
import type { ControlDependencies } from '../dependencies.js';
import { auditEntry } from './access.js';
import { acceptInvitation, createMember } from './accounts.js';
import { createProviderCookie, createSessionCookie } from './cookie.js';
import { type Attempt, countAttempts, readEmail, refundAttempts } from './credentials.js';
import { clientOf, createSignIn, type Exchange } from './sign-in.js';

/** What a sign-in at the provider is for. */
export type Purpose =
  | {
      readonly kind: 'sign_in';
      /** Token of a link; empty for none. */
      readonly invitation: string;
    }
  /** Only the session that has begun it can end it. */
  | { readonly kind: 'connect'; readonly sessionId: string };

export const noteOf = (purpose: Purpose): string =>
  purpose.kind === 'connect' ? `connect-${purpose.sessionId}` : `sign_in-${purpose.invitation}`;

function readNote(note: string): Purpose {
  const rest = note.slice(note.indexOf('-') + 1);
  return note.startsWith('connect-')
    ? { kind: 'connect', sessionId: rest }
    : { kind: 'sign_in', invitation: rest };
}

/** Runs a request to the provider. Its failures go to the log. */
export async function answering<T>(
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
export function createFinish(dependencies: ControlDependencies, provider: SignInProvider) {
  const { ports, options } = dependencies;
  const { attempts } = ports;
  const cookie = createProviderCookie(options.appUrl);
  const enter = createEnter(dependencies, provider);
  const connect = createConnect(dependencies);

  /** Turns errors of the API into the page that shows them. */
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
