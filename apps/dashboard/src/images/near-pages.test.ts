import { describe, expect, it } from 'vitest';
import { type FetchedPage, URL_MAX_AGE_MS } from '../api/images.js';
import type { Image } from '../api/types.js';
import { isLoaded, type Pages } from './image-lists.js';
import { nearPages as nearPagesAt, paramOf, withPage } from './near-pages.js';

const SIZE = 10;
const NOW = 1_900_000_000_000;
const nearPages = (list: Pages, first: number, last: number) => nearPagesAt(list, first, last, NOW);

const image = (key: string): Image => ({
  url: '',
  displayUrl: '',
  key,
  name: '',
  filename: null,
  metadata: {},
  blurhash: '',
  width: 1,
  height: 1,
  format: 'jpeg',
  masterFormat: 'jpeg',
  size: 1,
  visibility: 'public',
  sha256: '',
  version: 1,
  uploadedAt: '2026-11-25T00:00:00.000Z',
  focus: null,
  linksRevokedAt: null,
  signedUrl: null,
  signedUrlExpiresAt: null,
});

function listOf(pages: number): Pages {
  return {
    pages: Array.from({ length: pages }, (_, page) => ({
      images: Array.from({ length: SIZE }, (_, at) => image(`${page}-${at}`)),
      folders: [],
      cursor: `after ${page}`,
      fetchedAt: NOW,
    })),
    pageParams: Array.from({ length: pages }, (_, page) =>
      page === 0 ? null : `after ${page - 1}`,
    ),
  };
}
const loadedPages = ({ pages }: Pages) =>
  pages.flatMap(({ images }, page) => (images.every(isLoaded) ? [page] : []));
const fresh = (keys: readonly string[], cursor: string | null): FetchedPage => ({
  images: keys.map(image),
  folders: [],
  cursor,
  fetchedAt: NOW + 1,
});
const keysOf = ({ pages }: Pages, page: number) => pages[page]?.images.map(({ key }) => key);

describe('nearPages', () => {
  it('does not change a short list', () => {
    const list = listOf(12);
    expect(nearPages(list, 0, 5)).toEqual({ list, missing: [] });
    expect(nearPages(list, 0, 5).list).toBe(list);
  });

  it('does not change a list with nothing to reduce, and counts empty pages as small', () => {
    const list = listOf(40);
    const emptied = { ...list, pages: list.pages.map((page) => ({ ...page, images: [] })) };
    expect(nearPages(emptied, 0, 0).list).toBe(emptied);
    expect(nearPages(list, 0, 40 * SIZE).list).toBe(list);
  });

  it('reduces distant pages to keys, except the newest, and keeps every position', () => {
    const { list, missing } = nearPages(listOf(40), 205, 215);
    expect(loadedPages(list)).toEqual([0, 18, 19, 20, 21, 22, 23]);
    expect(missing).toEqual([]);
    expect(keysOf(list, 30)).toEqual(keysOf(listOf(40), 30));
    expect(list.pages[30]?.images[0]).toEqual({ key: '30-0' });
    expect(list.pageParams).toEqual(listOf(40).pageParams);
  });

  it('bounds the number of loaded pages while somebody scrolls', () => {
    let list = listOf(13);
    for (let page = 13; page < 60; page += 1) {
      const longer = listOf(page + 1);
      list = { pages: [...list.pages, ...longer.pages.slice(page)], pageParams: longer.pageParams };
      list = nearPages(list, page * SIZE, page * SIZE + 5).list;
      expect(loadedPages(list).length).toBeLessThanOrEqual(13);
    }
  });

  it('reports the pages to fetch again when the viewport returns', () => {
    const { list } = nearPages(listOf(40), 395, 399);
    expect(nearPages(list, 100, 120).missing).toEqual([8, 9, 10, 11, 12, 13, 14]);
    expect(paramOf(list, 8)).toBe('after 7');
    expect(paramOf(list, 0)).toBeNull();
  });
});

describe('nearPages, with signed addresses', () => {
  const later = (list: Pages, ms: number) => nearPagesAt(list, 0, 5, NOW + ms).missing;
  const withPrivate = (page: number): Pages => {
    const list = listOf(12);
    const { images, ...rest } = list.pages[page] ?? {
      images: [],
      folders: [],
      cursor: null,
      fetchedAt: 0,
    };
    const privateImage = { ...image('private'), visibility: 'private' as const };
    return {
      ...list,
      pages: list.pages.with(page, { ...rest, images: [...images, privateImage] }),
    };
  };

  it('fetches a page again before the addresses of its private images expire', () => {
    expect(later(withPrivate(1), URL_MAX_AGE_MS)).toEqual([]);
    expect(later(withPrivate(1), URL_MAX_AGE_MS + 1)).toEqual([1]);
    expect(URL_MAX_AGE_MS).toBeLessThan(3_600_000);
  });

  it('leaves pages alone that are far from the viewport or have public images only', () => {
    expect(later(withPrivate(9), URL_MAX_AGE_MS + 1)).toEqual([]);
    expect(later(listOf(12), URL_MAX_AGE_MS + 1)).toEqual([]);
  });
});

describe('withPage', () => {
  const { list } = nearPages(listOf(40), 395, 399);
  const old = Array.from({ length: SIZE }, (_, at) => `5-${at}`);

  it('restores a page without images of the next one', () => {
    const after = withPage(list, 'after 4', fresh([...old, '6-0', '6-1'], 'elsewhere'));
    expect(keysOf(after, 5)).toEqual(old);
    expect(after.pages[5]?.images.every(isLoaded)).toBe(true);
    expect(after.pages[5]).toMatchObject({ cursor: 'after 5', fetchedAt: NOW + 1 });
    expect(after.pages[6]).toBe(list.pages[6]);
  });

  it('drops images that were deleted meanwhile, including the last one', () => {
    const left = old.slice(1, -1);
    const after = withPage(list, 'after 4', fresh([...left, '6-0', '6-1'], 'elsewhere'));
    expect(keysOf(after, 5)).toEqual(left);
  });

  it('takes the new cursor if the last page lost its end', () => {
    const few = nearPages(listOf(14), 0, 5).list;
    const after = withPage(few, 'after 12', fresh(['13-0', 'new'], 'after new'));
    expect(keysOf(after, 13)).toEqual(['13-0', 'new']);
    expect(after.pages[13]?.cursor).toBe('after new');
  });

  it('ignores a page that is no longer in the list', () => {
    expect(withPage(list, 'unknown', fresh(['x'], null))).toBe(list);
  });
});
