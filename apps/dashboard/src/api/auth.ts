import { unwrap } from '@auraimage/client';
import { queryOptions } from '@tanstack/react-query';
import { api } from './client.js';

const withId = (id: string) => ({ params: { path: { id } } });

/** Who is signed in. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => unwrap(api.GET('/v1/auth/me', { signal })),
  staleTime: 60_000,
  // Somebody may have signed in to another account in another tab.
  refetchOnWindowFocus: 'always',
});

/** How people can sign in besides the password. */
export const signInQuery = queryOptions({
  queryKey: ['sign-in'],
  queryFn: ({ signal }) => unwrap(api.GET('/v1/auth/sign-in', { signal })),
  staleTime: 60_000,
});

/** @param invitation token of the link that the person accepts so */
export const startProviderSignIn = (invitation?: string) =>
  unwrap(
    api.POST('/v1/auth/sign-in/provider', {
      body: invitation === undefined ? {} : { invitation },
    }),
  );

/** The address at the provider that connects the account. */
export const connectProvider = (password: string) =>
  unwrap(api.POST('/v1/auth/me/provider', { body: { password } }));

export const signIn = (body: { email: string; password: string }) =>
  unwrap(api.POST('/v1/auth/sign-in', { body }));

/** The second step of a sign-in whose first step answered with `next`. */
export const confirmSignIn = (code: string) =>
  unwrap(api.POST('/v1/auth/sign-in/second-factor', { body: { code } }));

/** How the user can sign in. */
export const methodsQuery = queryOptions({
  queryKey: ['methods'],
  queryFn: ({ signal }) => unwrap(api.GET('/v1/auth/me/methods', { signal })),
});

export const prepareSecondFactor = (password: string) =>
  unwrap(api.POST('/v1/auth/me/second-factor', { body: { password } }));

export const enableSecondFactor = (code: string) =>
  unwrap(api.POST('/v1/auth/me/second-factor/enable', { body: { code } }));

export const renewBackupCodes = (body: { password: string; code: string }) =>
  unwrap(api.POST('/v1/auth/me/second-factor/backup-codes', { body }));

export const disableSecondFactor = (body: { password: string; code: string }) =>
  unwrap(api.POST('/v1/auth/me/second-factor/disable', { body }));

export const signOut = () => unwrap(api.POST('/v1/auth/sign-out'));

export const changePassword = (body: { currentPassword: string; newPassword: string }) =>
  unwrap(api.POST('/v1/auth/me/password', { body }));

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: ({ signal }) => unwrap(api.GET('/v1/auth/sessions', { signal })),
});

export const endSession = (id: string) => unwrap(api.DELETE('/v1/auth/sessions/{id}', withId(id)));

export const cliTokensQuery = queryOptions({
  queryKey: ['cli-tokens'],
  queryFn: ({ signal }) => unwrap(api.GET('/v1/auth/cli-tokens', { signal })),
});

export const revokeCliToken = (id: string) =>
  unwrap(api.DELETE('/v1/auth/cli-tokens/{id}', withId(id)));

export const invitationsQuery = queryOptions({
  queryKey: ['invitations'],
  queryFn: ({ signal }) => unwrap(api.GET('/v1/auth/invitations', { signal })),
});

export const invite = (email: string) =>
  unwrap(api.POST('/v1/auth/invitations', { body: email === '' ? {} : { email } }));

export const revokeInvitation = (id: string) =>
  unwrap(api.DELETE('/v1/auth/invitations/{id}', withId(id)));

/** Looks up a set-up link or an invitation. */
export const checkLink = (token: string) =>
  unwrap(api.POST('/v1/auth/invitations/check', { body: { token } }));

export const acceptLink = (body: {
  token: string;
  email: string;
  password: string;
  name?: string;
}) => unwrap(api.POST('/v1/auth/invitations/accept', { body }));

/** Joins the project of an invitation with the account that is signed in. */
export const joinProject = (token: string) =>
  unwrap(api.POST('/v1/auth/invitations/join', { body: { token } }));

/** Looks up a link that sets a new password. */
export const checkPasswordReset = (token: string) =>
  unwrap(api.POST('/v1/auth/password-resets/check', { body: { token } }));

export const acceptPasswordReset = (body: { token: string; password: string }) =>
  unwrap(api.POST('/v1/auth/password-resets/accept', { body }));

/** The device that shows this code. */
export const findDevice = (userCode: string) =>
  unwrap(api.POST('/v1/auth/device/lookup', { body: { userCode } }));

/** @param expiresInDays days until the token expires; `null`: never */
export const approveDevice = (userCode: string, expiresInDays: number | null) =>
  unwrap(api.POST('/v1/auth/device/approve', { body: { userCode, expiresInDays } }));

export const denyDevice = (userCode: string) =>
  unwrap(api.POST('/v1/auth/device/deny', { body: { userCode } }));
