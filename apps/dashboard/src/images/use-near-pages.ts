import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef } from 'react';
import { type ImageFilter, imagesQuery, listImages, MOST_LISTED } from '../api/images.js';
import { askedSinceChanges, editList } from './image-lists.js';
import { nearPages, paramOf, withPage } from './near-pages.js';
import { refreshKey } from './refresh.js';

/** Asked for beyond what a page had: some may have come to pass the filter since. */
const MORE = 20;

/**
 * What keeps a list small in memory: to be told of what the window shows. Pages that it comes back to
 * are asked for again, and no longer when it has gone on. A failure is told as one of the refresh.
 */
export function useNearPages(project: string, { q, visibility }: ImageFilter) {
  const queryClient = useQueryClient();
  const asked = useRef(new Map<string | null, AbortController>());
  const { mutate: ask } = useMutation({
    mutationKey: refreshKey(project),
    mutationFn: async ({ param, length }: { param: string | null; length: number }) => {
      const filter = { q, visibility };
      const stop = new AbortController();
      asked.current.set(param, stop);
      try {
        const limit = Math.min(MOST_LISTED, length + MORE);
        const { signal } = stop;
        const fresh = await askedSinceChanges(queryClient, () =>
          listImages(project, filter, param, { limit, signal }),
        );
        editList(queryClient, project, filter, (list) => withPage(list, param, fresh));
      } catch (error) {
        if (!stop.signal.aborted) throw error;
      } finally {
        asked.current.delete(param);
      }
    },
  });
  return useCallback(
    (first: number, last: number) => {
      const { queryKey } = imagesQuery(project, { q, visibility });
      const before = queryClient.getQueryData(queryKey);
      // While the next page is on its way, its coming would undo what is written here.
      if (!before || queryClient.isFetching({ queryKey, exact: true }) > 0) return;
      const { list, missing } = nearPages(before, first, last);
      if (list !== before) queryClient.setQueryData(queryKey, list);
      const wanted = new Set(missing.map((page) => paramOf(list, page)));
      for (const [param, stop] of asked.current) if (!wanted.has(param)) stop.abort();
      for (const page of missing) {
        const param = paramOf(list, page);
        if (!asked.current.has(param)) ask({ param, length: list.pages[page]?.images.length ?? 0 });
      }
    },
    [queryClient, project, q, visibility, ask],
  );
}
