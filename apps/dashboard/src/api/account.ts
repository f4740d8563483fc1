import { queryOptions } from '@tanstack/react-query';
import { answerOf, api } from './client.js';

const withId = (id: string) => ({ params: { path: { id } } });

export const changePassword = (body: { currentPassword: string; newPassword: string }) =>
  answerOf(api.POST('/v1/auth/me/password', { body }));

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: ({ signal }) => answerOf(api.GET('/v1/auth/sessions', { signal })),
});

export const endSession = (id: string) =>
  answerOf(api.DELETE('/v1/auth/sessions/{id}', withId(id)));

export const cliTokensQuery = queryOptions({
  queryKey: ['cli-tokens'],
  queryFn: ({ signal }) => answerOf(api.GET('/v1/auth/cli-tokens', { signal })),
});

export const revokeCliToken = (id: string) =>
  answerOf(api.DELETE('/v1/auth/cli-tokens/{id}', withId(id)));

export const invitationsQuery = queryOptions({
  queryKey: ['invitations'],
  queryFn: ({ signal }) => answerOf(api.GET('/v1/auth/invitations', { signal })),
});

export const invite = (email: string) =>
  answerOf(api.POST('/v1/auth/invitations', { body: email === '' ? {} : { email } }));

export const revokeInvitation = (id: string) =>
  answerOf(api.DELETE('/v1/auth/invitations/{id}', withId(id)));
