import { unwrap } from '@auraimage/client';
import { type InfiniteData, infiniteQueryOptions } from '@tanstack/react-query';
import { api } from './client.js';

/** The largest page: a folder of uploads has many entries, which are shown as one. */
const PAGE = 200;

/** A log of many pages is not refetched on focus: that would load all of its pages, one by one. */
const isShort = ({
  state,
}: {
  readonly state: { readonly data?: InfiniteData<unknown> | undefined };
}) => (state.data?.pages.length ?? 0) <= 1;

/** Changes in a project, or in the account for `null`; newest first, page by page. */
export const auditQuery = (project: string | null) =>
  infiniteQueryOptions({
    queryKey: project === null ? ['audit'] : ['project', project, 'audit'],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) };
      return project === null
        ? unwrap(api.GET('/v1/audit', { params: { query }, signal }))
        : unwrap(
            api.GET('/v1/projects/{project}/audit', {
              params: { path: { project }, query },
              signal,
            }),
          );
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ cursor }) => cursor,
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: isShort,
    refetchOnReconnect: isShort,
  });
