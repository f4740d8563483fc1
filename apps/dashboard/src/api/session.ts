import { queryOptions } from '@tanstack/react-query';
import { answerOf, api } from './client.js';

/** Who is signed in. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => answerOf(api.GET('/v1/auth/me', { signal })),
  staleTime: 60_000,
  // Meanwhile somebody else may have signed in, in another tab.
  refetchOnWindowFocus: 'always',
});

export const signIn = (body: { email: string; password: string }) =>
  answerOf(api.POST('/v1/auth/sign-in', { body }));

export const signOut = () => answerOf(api.POST('/v1/auth/sign-out'));

export const checkLink = (token: string) =>
  answerOf(api.POST('/v1/auth/invitations/check', { body: { token } }));

export const acceptLink = (body: {
  token: string;
  email: string;
  password: string;
  name?: string;
}) => answerOf(api.POST('/v1/auth/invitations/accept', { body }));
