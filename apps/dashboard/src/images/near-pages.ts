import type { ImagePage } from '../api/types.js';
import { isWhole, type Pages } from './image-lists.js';

/** Whole pages on either side of those that the window shows. */
const BESIDE = 2;
/** More whole pages than this, and those that are far are cut down to keys. */
const MOST_WHOLE = 12;

/** Pages that the window shows, and what is to be done about the others. */
export interface Near {
  /** Pages near the window of which keys alone are there: they are to be asked for again. */
  readonly missing: readonly number[];
  /** The list with as much of it as should stay in memory; the same object where nothing changes. */
  readonly list: Pages;
}

/**
 * Keeps what a long list takes in memory bounded: far from the window, of each image there is its key
 * alone, which says its place and name and can be selected.
 *
 * @param first index of the first image that the window shows
 * @param last index of the last one
 */
export function nearPages(list: Pages, first: number, last: number): Near {
  const from = pageAt(list, first) - BESIDE;
  const to = pageAt(list, last) + BESIDE;
  const isNear = (page: number) => page === 0 || (page >= from && page <= to);
  const whole = list.pages.map(({ images }) => images.every(isWhole));
  const missing = whole.flatMap((is, page) => (isNear(page) && !is ? [page] : []));
  // Pages whose images are all deleted stay, with nothing in them that could be cut.
  const full = whole.map((is, page) => is && list.pages[page]?.images.length !== 0);
  const isCut = (page: number) => full[page] === true && !isNear(page);
  if (full.filter(Boolean).length <= MOST_WHOLE) return { missing, list };
  if (!full.some((_, page) => isCut(page))) return { missing, list };
  const pages = list.pages.map((page, at) =>
    isCut(at) ? { ...page, images: page.images.map(({ key }) => ({ key })) } : page,
  );
  return { missing, list: { ...list, pages } };
}

/** What a page was asked for by: the cursor of the one before. */
export function paramOf({ pageParams }: Pages, page: number): string | null {
  const param = pageParams[page];
  return typeof param === 'string' ? param : null;
}

/** The page that has an image, by the image's place in the list. */
function pageAt({ pages }: Pages, index: number): number {
  let end = 0;
  for (const [page, { images }] of pages.entries()) {
    end += images.length;
    if (index < end) return page;
  }
  return Math.max(0, pages.length - 1);
}

/**
 * The list with a page as it is now. Pages around it stay what they are: the new one ends where the old
 * one did, or before the first image that the next one has.
 *
 * @param param see {@link paramOf}
 */
export function withPage(list: Pages, param: string | null, fresh: ImagePage): Pages {
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
    cursor: isEnd ? fresh.cursor : old.cursor,
  };
  return { ...list, pages: list.pages.with(at, page) };
}
