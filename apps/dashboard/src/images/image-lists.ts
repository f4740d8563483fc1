import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import {
  type FetchedPage,
  type ImageFilter,
  imageListsKey,
  imageQuery,
  imagesQuery,
  type ListedImage,
  type ListedPage,
  MAX_LIMIT,
} from '../api/images.js';
import type { Image } from '../api/types.js';

export type Pages = InfiniteData<ListedPage, unknown>;

/** Whether all fields are in memory, not only the key. */
export const isLoaded = (image: ListedImage): image is Image => 'blurhash' in image;

/**
 * The list with a refetched newest page, which replaces everything down to its last image. If the list
 * does not contain that image, the new page replaces the whole list.
 */
export function withNewest(list: Pages, newest: FetchedPage): Pages {
  const last = newest.images.at(-1);
  const fresh = { pages: [newest], pageParams: [null] };
  if (last === undefined || newest.cursor === null) return fresh;
  const page = list.pages.findIndex(({ images }) => images.some(({ key }) => key === last.key));
  const found = list.pages[page];
  if (found === undefined) return fresh;
  const below = found.images.slice(found.images.findIndex(({ key }) => key === last.key) + 1);
  // The folders before it are in the new page, or are gone.
  const known = new Set(newest.folders);
  const folders = found.folders.filter((folder) => folder > last.key && !known.has(folder));
  const [next, ...others] = list.pages.slice(page + 1);
  const params = list.pageParams.slice(page + 2);
  if (below.length === 0 && folders.length === 0) {
    return {
      pages: [newest, ...list.pages.slice(page + 1)],
      pageParams: [null, ...list.pageParams.slice(page + 1)],
    };
  }
  // Join the rest with the next page if one request can fetch both: uploads would leave many small pages.
  const joinedLength = [below, folders, next?.images ?? [], next?.folders ?? []].flat().length;
  if (next && joinedLength <= MAX_LIMIT) {
    const fetchedAt = Math.min(found.fetchedAt, next.fetchedAt);
    const joined = {
      images: [...below, ...next.images],
      folders: [...folders, ...next.folders],
      cursor: next.cursor,
      fetchedAt,
    };
    return { pages: [newest, joined, ...others], pageParams: [null, newest.cursor, ...params] };
  }
  return {
    pages: [newest, { ...found, images: below, folders }, ...list.pages.slice(page + 1)],
    pageParams: [null, newest.cursor, ...list.pageParams.slice(page + 1)],
  };
}

/**
 * The list after changes to some images, without those that its filter no longer matches. A change
 * invalidates signed addresses or requires one, so the addresses of its page are marked as invalid.
 */
export function withChanges(
  list: Pages,
  changes: ReadonlyMap<string, Partial<Image> | null>,
  { visibility }: ImageFilter,
): Pages {
  const change = (image: ListedImage): readonly ListedImage[] => {
    const next = changes.get(image.key);
    if (next === undefined) return [image];
    if (next === null) return [];
    const leaves = visibility !== undefined && (next.visibility ?? visibility) !== visibility;
    if (leaves) return [];
    return [isLoaded(image) ? { ...image, ...next } : image];
  };
  const pages = list.pages.map((page) =>
    page.images.some(({ key }) => changes.has(key))
      ? { ...page, images: page.images.flatMap(change), fetchedAt: 0 }
      : page,
  );
  return { ...list, pages };
}

/**
 * Edits a list in the cache. If a next page is being fetched, the edit is repeated when it arrives:
 * that result contains the list from before the edit.
 */
export function editList(
  queryClient: QueryClient,
  project: string,
  filter: ImageFilter,
  edit: (list: Pages) => Pages,
): void {
  const { queryKey } = imagesQuery(project, filter);
  const write = () => {
    queryClient.setQueryData(queryKey, (list) => list && edit(list));
  };
  write();
  const fetching = queryClient.getQueryCache().find({ queryKey, exact: true })?.promise;
  void fetching?.then(write, write);
}

/** Number of calls of {@link applyChanges}. */
const changeCounts = new WeakMap<QueryClient, number>();

/**
 * Repeats a request until no {@link applyChanges} happened while it was in flight: otherwise the
 * response may be older than the change.
 */
export async function fetchAfterChanges<T>(
  queryClient: QueryClient,
  request: () => Promise<T>,
): Promise<T> {
  for (;;) {
    const before = changeCounts.get(queryClient);
    const answer = await request();
    if (changeCounts.get(queryClient) === before) return answer;
  }
}

/** Writes changes of images into all cached data of a project. `null` means deleted. */
export function applyChanges(
  queryClient: QueryClient,
  project: string,
  changes: ReadonlyMap<string, Partial<Image> | null>,
): void {
  changeCounts.set(queryClient, (changeCounts.get(queryClient) ?? 0) + 1);
  const prefix = imageListsKey(project);
  for (const query of queryClient.getQueryCache().findAll({ queryKey: prefix })) {
    const filter: ImageFilter = Object(query.queryKey[prefix.length]);
    editList(queryClient, project, filter, (list) => withChanges(list, changes, filter));
  }
  for (const [key, next] of changes) {
    const { queryKey } = imageQuery(project, key);
    if (next === null) queryClient.removeQueries({ queryKey });
    else {
      queryClient.setQueryData(queryKey, (image) => image && { ...image, ...next });
      void queryClient.invalidateQueries({ queryKey });
    }
  }
}

/** Addresses this new are not fetched again when an image fails to load: another reason is likely. */
const NEW_MS = 10_000;

/**
 * Marks signed addresses as invalid, so that they are fetched again where they are shown.
 *
 * @param key of an image that failed to load; without it, all addresses of the project
 */
export function invalidateUrls(queryClient: QueryClient, project: string, key?: string): void {
  const isOld = (fetchedAt: number) => key === undefined || Date.now() - fetchedAt > NEW_MS;
  const prefix = imageListsKey(project);
  for (const { queryKey } of queryClient.getQueryCache().findAll({ queryKey: prefix })) {
    queryClient.setQueryData<Pages>(queryKey, (list) => {
      const isAffected = ({ images, fetchedAt }: ListedPage) =>
        isOld(fetchedAt) && (key === undefined || images.some((image) => image.key === key));
      if (!list?.pages.some(isAffected)) return list;
      const pages = list.pages.map((page) => (isAffected(page) ? { ...page, fetchedAt: 0 } : page));
      return { ...list, pages };
    });
  }
  void queryClient.invalidateQueries({
    queryKey: key === undefined ? ['image', project] : imageQuery(project, key).queryKey,
    predicate: ({ state }) => isOld(state.dataUpdatedAt),
  });
}

/** An image from any cached list, so that its page opens without waiting. */
export function listedImage(
  queryClient: QueryClient,
  project: string,
  key: string,
): Image | undefined {
  const lists = queryClient.getQueriesData<Pages>({ queryKey: imageListsKey(project) });
  for (const [, list] of lists) {
    for (const page of list?.pages ?? []) {
      const found = page.images.find((image) => image.key === key);
      if (found && isLoaded(found)) return found;
    }
  }
  return undefined;
}
