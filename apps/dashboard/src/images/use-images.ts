import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import { type ImageFilter, imagesQuery, type Listed } from '../api/images.js';
import { useRefreshError, useRefreshNewest } from './refresh.js';
import { useNearPages } from './use-near-pages.js';

/** Images that pass a filter, as far as they are loaded; new ones come in by themselves. */
export function useImages(project: string, filter: ImageFilter) {
  const query = useInfiniteQuery(imagesQuery(project, filter));
  const refresh = useRefreshNewest(project);
  const refreshError = useRefreshError(project);
  const { data, fetchNextPage, isFetchingNextPage, isFetchNextPageError } = query;
  const images = useMemo(
    (): readonly Listed[] => data?.pages.flatMap((page) => page.images) ?? [],
    [data],
  );
  const all = useRef(images);
  all.current = images;
  const tellNear = useNearPages(project, filter);
  const shown = useRef<readonly [first: string, last: string]>(['', '']);
  const onShown = useCallback(
    (first: string, last: string) => {
      shown.current = [first, last];
      const [from = -1, to = -1] = [first, last].map((key) =>
        all.current.findIndex((one) => one.key === key),
      );
      // Either may have gone from the list, or both: then the grid tells soon what has their place.
      if (from >= 0 || to >= 0) tellNear(from < 0 ? to : from, to < 0 ? from : to);
    },
    [tellNear],
  );
  // A page that has come may be one too many, or the one that nothing could be done during; and one
  // that could not be had is asked for again when anything else has come.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => onShown(...shown.current), [data, onShown]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter has another list
  useEffect(() => {
    const look = () => refresh();
    look();
    window.addEventListener('focus', look);
    return () => window.removeEventListener('focus', look);
  }, [refresh, filter.q, filter.visibility]);
  const loadMore = useCallback(() => {
    // After a failure a person asks again.
    if (isFetchingNextPage || isFetchNextPageError) return;
    // One may have begun since this was rendered: it goes on, rather than begin anew.
    void fetchNextPage({ cancelRefetch: false });
  }, [fetchNextPage, isFetchingNextPage, isFetchNextPageError]);
  const retry = () => {
    refresh();
    onShown(...shown.current);
  };
  return { query, images, loadMore, onShown, retry, refreshError };
}
