import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import {
  type ImageFilter,
  imageListsKey,
  imageQuery,
  imagesQuery,
  type Listed,
  type ListedPage,
  MOST_LISTED,
} from '../api/images.js';
import type { Image, ImagePage } from '../api/types.js';

export type Pages = InfiniteData<ListedPage, unknown>;

/** Whether all is known of it, and not its key alone. */
export const isWhole = (image: Listed): image is Image => 'blurhash' in image;

/**
 * The list with its newest page as it is now. That page speaks for everything down to its last
 * image; what is below stays. Where the two have nothing in common, the new page is the list.
 */
export function withNewest(list: Pages, newest: ImagePage): Pages {
  const last = newest.images.at(-1);
  const fresh = { pages: [newest], pageParams: [null] };
  if (last === undefined || newest.cursor === null) return fresh;
  const page = list.pages.findIndex(({ images }) => images.some(({ key }) => key === last.key));
  const found = list.pages[page];
  if (found === undefined) return fresh;
  const below = found.images.slice(found.images.findIndex(({ key }) => key === last.key) + 1);
  const [next, ...others] = list.pages.slice(page + 1);
  const params = list.pageParams.slice(page + 2);
  if (below.length === 0) {
    return {
      pages: [newest, ...list.pages.slice(page + 1)],
      pageParams: [null, ...list.pageParams.slice(page + 1)],
    };
  }
  // A page that can be asked for at once as a whole: many small ones would come of many uploads.
  if (next && below.length + next.images.length <= MOST_LISTED) {
    const joined = { images: [...below, ...next.images], cursor: next.cursor };
    return { pages: [newest, joined, ...others], pageParams: [null, newest.cursor, ...params] };
  }
  return {
    pages: [newest, { images: below, cursor: found.cursor }, ...list.pages.slice(page + 1)],
    pageParams: [null, newest.cursor, ...list.pageParams.slice(page + 1)],
  };
}

/** The list after changes to some images; what its filter leaves out from now on is gone. */
export function withChanges(
  list: Pages,
  changes: ReadonlyMap<string, Partial<Image> | null>,
  { visibility }: ImageFilter,
): Pages {
  const change = (image: Listed): readonly Listed[] => {
    const next = changes.get(image.key);
    if (next === undefined) return [image];
    if (next === null) return [];
    const leaves = visibility !== undefined && (next.visibility ?? visibility) !== visibility;
    if (leaves) return [];
    return [isWhole(image) ? { ...image, ...next } : image];
  };
  const pages = list.pages.map((page) =>
    page.images.some(({ key }) => changes.has(key))
      ? { ...page, images: page.images.flatMap(change) }
      : page,
  );
  return { ...list, pages };
}

/**
 * Writes into a list. One whose next page is on its way is written into again when that has come: it
 * brings along the list as it was when it was asked for.
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
  const coming = queryClient.getQueryCache().find({ queryKey, exact: true })?.promise;
  void coming?.then(write, write);
}

const noted = new WeakMap<QueryClient, number>();

/**
 * An answer about images that was asked for after the latest {@link noteChanges}: one from before may
 * know nothing of it.
 */
export async function askedSinceChanges<T>(
  queryClient: QueryClient,
  ask: () => Promise<T>,
): Promise<T> {
  for (;;) {
    const before = noted.get(queryClient);
    const answer = await ask();
    if (noted.get(queryClient) === before) return answer;
  }
}

/** Writes what has happened to images into everything that shows them. `null`: it is deleted. */
export function noteChanges(
  queryClient: QueryClient,
  project: string,
  changes: ReadonlyMap<string, Partial<Image> | null>,
): void {
  noted.set(queryClient, (noted.get(queryClient) ?? 0) + 1);
  const prefix = imageListsKey(project);
  for (const query of queryClient.getQueryCache().findAll({ queryKey: prefix })) {
    const filter: ImageFilter = Object(query.queryKey[prefix.length]);
    editList(queryClient, project, filter, (list) => withChanges(list, changes, filter));
  }
  for (const [key, next] of changes) {
    const { queryKey } = imageQuery(project, key);
    if (next === null) queryClient.removeQueries({ queryKey });
    else queryClient.setQueryData(queryKey, (image) => image && { ...image, ...next });
  }
}

/** An image that some list has already, so that its page opens at once. */
export function listedImage(
  queryClient: QueryClient,
  project: string,
  key: string,
): Image | undefined {
  const lists = queryClient.getQueriesData<Pages>({ queryKey: imageListsKey(project) });
  for (const [, list] of lists) {
    for (const page of list?.pages ?? []) {
      const found = page.images.find((image) => image.key === key);
      if (found && isWhole(found)) return found;
    }
  }
  return undefined;
}
