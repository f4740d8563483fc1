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
import type { SignInProvider } from '@auraimage/ports';
import type { ControlDependencies } from '../dependencies.js';
import { createProviderCookie } from './cookie.js';
import { type Attempt, countAttempts, passwordField, refundingFailures } from './credentials.js';
import { answering, createFinish, noteOf, type Purpose } from './provider-finish.js';

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
