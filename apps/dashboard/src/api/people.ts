import { unwrap } from '@auraimage/client';
import { infiniteQueryOptions } from '@tanstack/react-query';
import { api } from './client.js';
import type { Person } from './types.js';

const PAGE = 50;

const withId = (id: string) => ({ params: { path: { id } } });

/** Prefix of the query keys of all lists of people. */
export const peopleKey = ['people'] as const;

/** Everybody who can sign in, by email, page by page. @param q part of the email or name; empty for all */
export const peopleQuery = (q: string) =>
  infiniteQueryOptions({
    queryKey: [...peopleKey, q],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/v1/people', {
          params: {
            query: {
              limit: PAGE,
              ...(q === '' ? {} : { q }),
              ...(pageParam === null ? {} : { cursor: pageParam }),
            },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ cursor }) => cursor,
    staleTime: 0,
  });

export const changeRole = ({ id, role }: Pick<Person, 'id' | 'role'>) =>
  unwrap(api.PATCH('/v1/people/{id}', { ...withId(id), body: { role } }));

/** @returns a link for the person */
export const resetPassword = (id: string, removeSecondFactor: boolean) =>
  unwrap(
    api.POST('/v1/people/{id}/reset-password', { ...withId(id), body: { removeSecondFactor } }),
  );

/** @param takeOver become an owner of the projects that would have none */
export const removePerson = (id: string, takeOver: boolean) =>
  unwrap(api.DELETE('/v1/people/{id}', { ...withId(id), body: { takeOver } }));
