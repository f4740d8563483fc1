import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import {
  type ImageFilter,
  imagesQuery,
  type ListedImage,
  listImages,
  MAX_LIMIT,
} from '../api/images.js';
import { editList, fetchAfterChanges } from './image-lists.js';
import { nearPages, paramOf, withPage } from './near-pages.js';
import { refreshKey, useRefreshError, useRefreshNewest } from './refresh.js';

/** How often to look for signed addresses that expire soon. */
const EXPIRY_CHECK_MS = 60_000;

/** The images that match a filter, as far as they are loaded. The newest page is refreshed on focus. */
export function useImages(project: string, filter: ImageFilter) {
  const query = useInfiniteQuery(imagesQuery(project, filter));
  const refresh = useRefreshNewest(project);
  const refreshError = useRefreshError(project);
  const { data, fetchNextPage, isFetchingNextPage, isFetchNextPageError } = query;
  const images = useMemo(
    (): readonly ListedImage[] => data?.pages.flatMap((page) => page.images) ?? [],
    [data],
  );
  const latestImages = useRef(images);
  latestImages.current = images;
  const updatePages = useNearPages(project, filter);
  const visible = useRef<readonly [first: string, last: string]>(['', '']);
  const onVisible = useCallback(
    (first: string, last: string) => {
      visible.current = [first, last];
      const [from = -1, to = -1] = [first, last].map((key) =>
        latestImages.current.findIndex((one) => one.key === key),
      );
      // If both were deleted, the grid soon reports the images that took their place.
      if (from >= 0 || to >= 0) updatePages(from < 0 ? to : from, to < 0 ? from : to);
    },
    [updatePages],
  );
  // A new page may exceed the memory limit; an update during its fetch was skipped; and a page that
  // failed to load is requested again after any change.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => onVisible(...visible.current), [data, onVisible]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter means another list
  useEffect(() => {
    const onFocus = () => refresh();
    onFocus();
    window.addEventListener('focus', onFocus);
    return () => window.removeEventListener('focus', onFocus);
  }, [refresh, filter.q, filter.visibility, filter.folder]);
  useEffect(() => {
    const timer = setInterval(() => onVisible(...visible.current), EXPIRY_CHECK_MS);
    return () => clearInterval(timer);
  }, [onVisible]);
  const loadMore = useCallback(() => {
    // After a failure, the person retries.
    if (isFetchingNextPage || isFetchNextPageError) return;
    // A fetch may have started since the last render: let it finish.
    void fetchNextPage({ cancelRefetch: false });
  }, [fetchNextPage, isFetchingNextPage, isFetchNextPageError]);
  const retry = () => {
    refresh();
    onVisible(...visible.current);
  };
  return { query, images, loadMore, onVisible, retry, refreshError };
}

/** Additional images to request with a page: some may match the filter only since the first request. */
const MARGIN = 20;

/**
 * Returns a function that keeps the pages near the viewport loaded, with addresses that have not expired,
 * and reduces the others to keys. Call it with
 * the indexes of the first and last visible image. Requests for pages that have left the viewport are
 * aborted. Failures are in {@link useRefreshError}.
 */
function useNearPages(project: string, { q, visibility, folder }: ImageFilter) {
  const queryClient = useQueryClient();
  const inFlight = useRef(new Map<string | null, AbortController>());
  const { mutate: refetch } = useMutation({
    mutationKey: refreshKey(project),
    mutationFn: async ({ param, length }: { param: string | null; length: number }) => {
      const filter = { q, visibility, folder };
      const controller = new AbortController();
      inFlight.current.set(param, controller);
      try {
        const limit = Math.min(MAX_LIMIT, length + MARGIN);
        const { signal } = controller;
        const fresh = await fetchAfterChanges(queryClient, () =>
          listImages(project, filter, param, { limit, signal }),
        );
        editList(queryClient, project, filter, (list) => withPage(list, param, fresh));
      } catch (error) {
        if (!controller.signal.aborted) throw error;
      } finally {
        inFlight.current.delete(param);
      }
    },
  });
  return useCallback(
    (first: number, last: number) => {
      const { queryKey } = imagesQuery(project, { q, visibility, folder });
      const before = queryClient.getQueryData(queryKey);
      // The result of a running fetch would overwrite this change.
      if (!before || queryClient.isFetching({ queryKey, exact: true }) > 0) return;
      const { list, missing } = nearPages(before, first, last, Date.now());
      if (list !== before) queryClient.setQueryData(queryKey, list);
      const wanted = new Set(missing.map((page) => paramOf(list, page)));
      for (const [param, controller] of inFlight.current) {
        if (!wanted.has(param)) controller.abort();
      }
      for (const page of missing) {
        const param = paramOf(list, page);
        if (inFlight.current.has(param)) continue;
        const { images, folders } = list.pages[page] ?? { images: [], folders: [] };
        refetch({ param, length: images.length + folders.length });
      }
    },
    [queryClient, project, q, visibility, folder, refetch],
  );
}
