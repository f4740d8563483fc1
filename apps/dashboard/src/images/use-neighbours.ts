import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { type ImageFilter, imagesQuery } from '../api/images.js';
import { usePendingDeletes } from './use-pending-deletes.js';

/** Images before the end of what is loaded at which the next page is asked for. */
const AHEAD = 3;

/** The images beside one in the list that it was opened from. */
export function useNeighbours(project: string, filter: ImageFilter, key: string) {
  const list = useInfiniteQuery(imagesQuery(project, filter));
  const { hidden } = usePendingDeletes(project);
  const { data, hasNextPage, isFetching, isError, fetchNextPage } = list;
  const keys = useMemo(
    () => data?.pages.flatMap(({ images }) => images.map((image) => image.key)) ?? [],
    [data],
  );
  const place = keys.indexOf(key);
  const isNearEnd = place >= 0 && place >= keys.length - AHEAD;
  useEffect(() => {
    if (isNearEnd && hasNextPage && !isFetching && !isError)
      void fetchNextPage({ cancelRefetch: false });
  }, [isNearEnd, hasNextPage, isFetching, isError, fetchNextPage]);
  const isThere = (one: string) => !hidden.has(one);
  return {
    previous: place < 0 ? undefined : keys.slice(0, place).findLast(isThere),
    next: place < 0 ? undefined : keys.slice(place + 1).find(isThere),
    error: list.error,
    retry: () => (data ? fetchNextPage() : list.refetch()),
  };
}
