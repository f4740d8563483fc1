import { describe, expect, it } from 'vitest';
import type { Image, ImagePage } from '../api/types.js';
import { isWhole, type Pages } from './image-lists.js';
import { nearPages, paramOf, withPage } from './near-pages.js';

const SIZE = 10;

const image = (key: string): Image => ({
  url: '',
  key,
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
  linksRevokedAt: null,
});

function listOf(pages: number): Pages {
  return {
    pages: Array.from({ length: pages }, (_, page) => ({
      images: Array.from({ length: SIZE }, (_, at) => image(`${page}-${at}`)),
      cursor: `after ${page}`,
    })),
    pageParams: Array.from({ length: pages }, (_, page) =>
      page === 0 ? null : `after ${page - 1}`,
    ),
  };
}
const wholePages = ({ pages }: Pages) =>
  pages.flatMap(({ images }, page) => (images.every(isWhole) ? [page] : []));
const fresh = (keys: readonly string[], cursor: string | null): ImagePage => ({
  images: keys.map(image),
  cursor,
});
const keysOf = ({ pages }: Pages, page: number) => pages[page]?.images.map(({ key }) => key);

describe('nearPages', () => {
  it('leaves a list alone that is not long', () => {
    const list = listOf(12);
    expect(nearPages(list, 0, 5)).toEqual({ list, missing: [] });
    expect(nearPages(list, 0, 5).list).toBe(list);
  });

  it('leaves alone what has nothing to cut, and takes pages that are empty for small', () => {
    const list = listOf(40);
    const emptied = { ...list, pages: list.pages.map((page) => ({ ...page, images: [] })) };
    expect(nearPages(emptied, 0, 0).list).toBe(emptied);
    expect(nearPages(list, 0, 40 * SIZE).list).toBe(list);
  });

  it('cuts what is far down to keys, but for the newest page, and loses no place', () => {
    const { list, missing } = nearPages(listOf(40), 205, 215);
    expect(wholePages(list)).toEqual([0, 18, 19, 20, 21, 22, 23]);
    expect(missing).toEqual([]);
    expect(keysOf(list, 30)).toEqual(keysOf(listOf(40), 30));
    expect(list.pages[30]?.images[0]).toEqual({ key: '30-0' });
    expect(list.pageParams).toEqual(listOf(40).pageParams);
  });

  it('never keeps more than a bounded number of whole pages, however long the way', () => {
    let list = listOf(13);
    for (let page = 13; page < 60; page += 1) {
      const longer = listOf(page + 1);
      list = { pages: [...list.pages, ...longer.pages.slice(page)], pageParams: longer.pageParams };
      list = nearPages(list, page * SIZE, page * SIZE + 5).list;
      expect(wholePages(list).length).toBeLessThanOrEqual(13);
    }
  });

  it('says which pages are missing where the window comes back', () => {
    const { list } = nearPages(listOf(40), 395, 399);
    expect(nearPages(list, 100, 120).missing).toEqual([8, 9, 10, 11, 12, 13, 14]);
    expect(paramOf(list, 8)).toBe('after 7');
    expect(paramOf(list, 0)).toBeNull();
  });
});

describe('withPage', () => {
  const { list } = nearPages(listOf(40), 395, 399);
  const old = Array.from({ length: SIZE }, (_, at) => `5-${at}`);

  it('brings a page back, and nothing of the next one', () => {
    const after = withPage(list, 'after 4', fresh([...old, '6-0', '6-1'], 'elsewhere'));
    expect(keysOf(after, 5)).toEqual(old);
    expect(after.pages[5]?.images.every(isWhole)).toBe(true);
    expect(after.pages[5]?.cursor).toBe('after 5');
    expect(after.pages[6]).toBe(list.pages[6]);
  });

  it('knows what has gone meanwhile, the last one included', () => {
    const left = old.slice(1, -1);
    const after = withPage(list, 'after 4', fresh([...left, '6-0', '6-1'], 'elsewhere'));
    expect(keysOf(after, 5)).toEqual(left);
  });

  it('goes on from the new end where it is the last one and its end has gone', () => {
    const few = nearPages(listOf(14), 0, 5).list;
    const after = withPage(few, 'after 12', fresh(['13-0', 'new'], 'after new'));
    expect(keysOf(after, 13)).toEqual(['13-0', 'new']);
    expect(after.pages[13]?.cursor).toBe('after new');
  });

  it('does nothing for a page that is no longer in the list', () => {
    expect(withPage(list, 'unknown', fresh(['x'], null))).toBe(list);
  });
});
