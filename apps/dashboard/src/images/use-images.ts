import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo } from 'react';
import { type ImageFilter, imagesQuery } from '../api/images.js';
import type { Image } from '../api/types.js';
import { useRefreshError, useRefreshNewest } from './refresh.js';

/** Images that pass a filter, as far as they are loaded; new ones come in by themselves. */
export function useImages(project: string, filter: ImageFilter) {
  const query = useInfiniteQuery(imagesQuery(project, filter));
  const refresh = useRefreshNewest(project);
  const refreshError = useRefreshError(project);
  const { data, fetchNextPage, isFetchingNextPage, isFetchNextPageError } = query;
  const images = useMemo(
    (): readonly Image[] => data?.pages.flatMap((page) => page.images) ?? [],
    [data],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter has another list
  useEffect(() => {
    const look = () => refresh();
    look();
    window.addEventListener('focus', look);
    return () => window.removeEventListener('focus', look);
  }, [refresh, filter.q, filter.visibility]);
  const loadMore = useCallback(() => {
    // After a failure a person asks again.
    if (!isFetchingNextPage && !isFetchNextPageError) void fetchNextPage();
  }, [fetchNextPage, isFetchingNextPage, isFetchNextPageError]);
  return { query, images, loadMore, refresh, refreshError };
}
