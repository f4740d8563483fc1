import {
  type FetchedPage,
  type ListedImage,
  type ListedPage,
  URL_MAX_AGE_MS,
} from '../api/images.js';
import { isLoaded, type Pages } from './image-lists.js';

/** Pages to keep loaded before and after the visible ones. */
const OVERSCAN = 2;
/** With more loaded pages than this, distant pages are reduced to keys. */
const MAX_LOADED = 12;

export interface NearPages {
  /** Indexes of pages near the viewport to fetch again: reduced to keys, or with expired addresses. */
  readonly missing: readonly number[];
  /** The list with distant pages reduced; the same object if nothing changes. */
  readonly list: Pages;
}

/**
 * Bounds the memory of a long list: far from the viewport, only the keys of images are kept. A key is
 * enough for the position, the name and the selection.
 *
 * @param first index of the first visible image
 * @param last index of the last visible image
 * @param now milliseconds since 1970
 */
export function nearPages(list: Pages, first: number, last: number, now: number): NearPages {
  const from = pageAt(list, first) - OVERSCAN;
  const to = pageAt(list, last) + OVERSCAN;
  const isNear = (page: number) => page === 0 || (page >= from && page <= to);
  const loaded = list.pages.map(({ images }) => images.every(isLoaded));
  const missing = list.pages.flatMap((page, at) =>
    isNear(at) && (!loaded[at] || isExpired(page, now)) ? [at] : [],
  );
  // A page whose images are all deleted has nothing to reduce.
  const reducible = loaded.map((is, page) => is && list.pages[page]?.images.length !== 0);
  const isDistant = (page: number) => reducible[page] === true && !isNear(page);
  if (reducible.filter(Boolean).length <= MAX_LOADED) return { missing, list };
  if (!reducible.some((_, page) => isDistant(page))) return { missing, list };
  const pages = list.pages.map((page, at) =>
    isDistant(at) ? { ...page, images: page.images.map(({ key }) => ({ key })) } : page,
  );
  return { missing, list: { ...list, pages } };
}

/** Whether the page shows private images whose signed addresses are too old. */
function isExpired({ images, fetchedAt }: ListedPage, now: number): boolean {
  const isPrivate = (image: ListedImage) => isLoaded(image) && image.visibility === 'private';
  return now - fetchedAt > URL_MAX_AGE_MS && images.some(isPrivate);
}

/** The cursor that a page was fetched with. */
export function paramOf({ pageParams }: Pages, page: number): string | null {
  const param = pageParams[page];
  return typeof param === 'string' ? param : null;
}

/** Index of the page that contains the image at an index of the list. */
function pageAt({ pages }: Pages, index: number): number {
  let end = 0;
  for (const [page, { images }] of pages.entries()) {
    end += images.length;
    if (index < end) return page;
  }
  return Math.max(0, pages.length - 1);
}

/**
 * The list with one page refetched. The other pages stay: the new page ends where the old one did, or
 * before the first image of the next page.
 *
 * @param param see {@link paramOf}
 */
export function withPage(list: Pages, param: string | null, fresh: FetchedPage): Pages {
  const at = list.pageParams.indexOf(param);
  const old = list.pages[at];
  if (old === undefined) return list;
  const next = list.pages[at + 1];
  const isLast = (key: string) => key === old.images.at(-1)?.key;
  const end = fresh.images.findIndex(({ key }) => isLast(key)) + 1;
  const follow = new Set(next?.images.map(({ key }) => key));
  const beyond = fresh.images.findIndex(({ key }) => follow.has(key));
  const length = end > 0 ? end : beyond >= 0 ? beyond : fresh.images.length;
  const isEnd = length === fresh.images.length && next === undefined;
  const page = {
    images: fresh.images.slice(0, length),
    folders: old.folders,
    cursor: isEnd ? fresh.cursor : old.cursor,
    fetchedAt: fresh.fetchedAt,
  };
  return { ...list, pages: list.pages.with(at, page) };
}
