import { type InfiniteData, matchQuery, type Query, type QueryClient } from '@tanstack/react-query';
import { imageListsKey } from '../api/images.js';
import { refreshNewest } from '../images/refresh.js';

/**
 * Asks again for what the page shows, after a session that had ended. Of a list that somebody has gone
 * down, that is the newest page alone: hundreds of pages would be asked for one after another.
 */
export async function renewAll(queryClient: QueryClient): Promise<void> {
  const cache = queryClient.getQueryCache();
  const lists = cache.findAll({ queryKey: imageListsKey(), type: 'active' });
  const projects = new Set(lists.map(({ queryKey }) => String(queryKey[1])));
  await Promise.all([
    queryClient.invalidateQueries({ predicate: (query) => !isLong(query) }),
    ...[...projects].map((project) => refreshNewest(queryClient, project)),
  ]);
}

function isLong(query: Query): boolean {
  const { data } = query.state;
  if (data === undefined) return false;
  if (matchQuery({ queryKey: imageListsKey() }, query)) return true;
  const { pages } = Object(data) as Partial<InfiniteData<unknown>>;
  return Array.isArray(pages) && pages.length > 1;
}
