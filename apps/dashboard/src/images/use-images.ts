import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo } from 'react';
import { type ImageFilter, imageListsKey, imagesQuery, listImages } from '../api/images.js';
import { projectQuery } from '../api/projects.js';
import type { Image } from '../api/types.js';
import { withNewest } from './image-lists.js';

/** Images that pass a filter, as far as they are loaded; new ones come in by themselves. */
export function useImages(project: string, filter: ImageFilter) {
  const query = useInfiniteQuery(imagesQuery(project, filter));
  const refresh = useRefreshNewest(project);
  const { data, fetchNextPage, isFetchingNextPage, isFetchNextPageError } = query;
  const images = useMemo(
    (): readonly Image[] => data?.pages.flatMap((page) => page.images) ?? [],
    [data],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter has another list
  useEffect(() => {
    void refresh();
    window.addEventListener('focus', refresh);
    return () => window.removeEventListener('focus', refresh);
  }, [refresh, filter.q, filter.visibility]);
  const loadMore = useCallback(() => {
    // After a failure a person asks again.
    if (!isFetchingNextPage && !isFetchNextPageError) void fetchNextPage();
  }, [fetchNextPage, isFetchingNextPage, isFetchNextPageError]);
  return { query, images, loadMore };
}

/** Brings what the project's lists show up to date, from the newest image on. */
export function useRefreshNewest(project: string) {
  const queryClient = useQueryClient();
  return useCallback(async () => {
    const prefix = imageListsKey(project);
    const shown = queryClient.getQueryCache().findAll({ queryKey: prefix, type: 'active' });
    for (const { queryKey, state } of shown) {
      const isFirst = state.data === undefined || state.fetchStatus !== 'idle';
      if (isFirst) continue;
      const filter: ImageFilter = Object(queryKey[prefix.length]);
      try {
        const newest = await listImages(project, filter, null);
        const { queryKey: key } = imagesQuery(project, filter);
        queryClient.setQueryData(key, (list) => list && withNewest(list, newest));
      } catch {
        // What is shown stays; the next request of the page tells what is wrong.
      }
    }
    // Lists that are not on the screen are asked for anew when they are.
    queryClient.removeQueries({ queryKey: prefix, type: 'inactive' });
    await queryClient.invalidateQueries({ queryKey: projectQuery(project).queryKey, exact: true });
  }, [queryClient, project]);
}
