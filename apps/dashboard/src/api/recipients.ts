import { unwrap } from '@auraimage/client';
import { infiniteQueryOptions } from '@tanstack/react-query';
import { api } from './client.js';

const PAGE = 100;

/** Prefix of the query keys of all lists of a project's recipients. */
export const recipientsKey = (project: string) => ['project', project, 'recipients'] as const;

/** Recipients of a project, the most reads first, page by page. @param q part of the recipient; empty for all */
export const recipientsQuery = (project: string, q: string) =>
  infiniteQueryOptions({
    queryKey: [...recipientsKey(project), q],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/v1/projects/{project}/recipients', {
          params: {
            path: { project },
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
    gcTime: 0,
    refetchOnWindowFocus: false,
  });

export const revokeRecipient = (project: string, sub: string) =>
  unwrap(
    api.POST('/v1/projects/{project}/recipients/revoke', {
      params: { path: { project } },
      body: { sub },
    }),
  );
