import { InfiniteQueryObserver, QueryClient } from '@tanstack/react-query';
import { describe, expect, it } from 'vitest';
import { type FetchedPage, imagesQuery } from '../api/images.js';
import type { Image } from '../api/types.js';
import {
  applyChanges,
  fetchAfterChanges,
  invalidateUrls,
  isLoaded,
  type Pages,
  withChanges,
  withNewest,
} from './image-lists.js';

const image = (key: string, visibility: Image['visibility'] = 'public'): Image => ({
  url: `https://cdn.example/my-app/${key}`,
  displayUrl: `https://cdn.example/my-app/${key}`,
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
  visibility,
  sha256: '',
  version: 1,
  uploadedAt: '2026-11-25T00:00:00.000Z',
  focus: null,
  linksRevokedAt: null,
  signedUrl: null,
  signedUrlExpiresAt: null,
});
const page = (keys: string, cursor: string | null, fetchedAt = 1): FetchedPage => ({
  images: [...keys].map((key) => image(key)),
  folders: [],
  cursor,
  fetchedAt,
});
const list = (...pages: FetchedPage[]): Pages => ({
  pages,
  pageParams: pages.map((_, index) => (index === 0 ? null : (pages[index - 1]?.cursor ?? null))),
});
const keysOf = ({ pages }: Pages) =>
  pages.map(({ images }) => images.map(({ key }) => key).join('')).join('|');

describe('withNewest', () => {
  const loaded = list(page('cba', 'a'), page('987', '7'), page('65', null));

  it('puts new images in front and keeps the rest with its cursors', () => {
    const merged = withNewest(loaded, page('edc', 'c'));
    expect(keysOf(merged)).toBe('edc|ba987|65');
    expect(merged.pages.map(({ cursor }) => cursor)).toEqual(['c', '7', null]);
    expect(merged.pageParams).toEqual([null, 'c', '7']);
  });

  it('remembers when the addresses of each page were fetched', () => {
    const old = list(page('cba', 'a', 3), page('987', '7', 2), page('65', null, 1));
    const merged = withNewest(old, page('edc', 'c', 9));
    expect(merged.pages.map(({ fetchedAt }) => fetchedAt)).toEqual([9, 2, 1]);
  });

  it('drops images that the new page no longer contains, across pages', () => {
    expect(keysOf(withNewest(loaded, page('cb9', '9')))).toBe('cb9|8765');
  });

  it('is the new page alone if nothing overlaps or nothing is older', () => {
    expect(keysOf(withNewest(loaded, page('zyx', 'x')))).toBe('zyx');
    expect(keysOf(withNewest(loaded, page('b', null)))).toBe('b');
    expect(keysOf(withNewest(loaded, page('', null)))).toBe('');
  });
});

describe('withNewest of a folder', () => {
  const folder = (keys: string, folders: string[], cursor: string | null) => ({
    ...page(keys, cursor),
    folders,
  });
  const foldersOf = ({ pages }: Pages) => pages.map(({ folders }) => folders.join(' ')).join('|');

  it('keeps the folders behind the new page, and no folder twice', () => {
    const loaded = list(folder('ad', ['b/', 'e/', 'f/'], 'f'), folder('z', ['y/'], null));
    const merged = withNewest(loaded, folder('abd', ['e/'], 'e'));
    expect(keysOf(merged)).toBe('abd|z');
    expect(foldersOf(merged)).toBe('e/|f/ y/');
  });
});

describe('withChanges', () => {
  const loaded = list(page('cba', 'a'), page('98', null));

  it('changes and removes images on any page', () => {
    const changes = new Map([
      ['b', { visibility: 'private' as const }],
      ['9', null],
    ]);
    const after = withChanges(loaded, changes, {});
    expect(keysOf(after)).toBe('cba|8');
    const changed = after.pages[0]?.images[1];
    expect(changed && isLoaded(changed) && changed.visibility).toBe('private');
  });

  it('removes an image that the filter no longer matches', () => {
    const changes = new Map([['b', { visibility: 'private' as const }]]);
    expect(keysOf(withChanges(loaded, changes, { visibility: 'public' }))).toBe('ca|98');
  });

  it('removes images that are not loaded, and leaves the others unloaded', () => {
    const keys = { ...loaded, pages: [{ ...page('', 'a'), images: [{ key: 'b' }, { key: 'a' }] }] };
    const changes = new Map([['b', { visibility: 'private' as const }]]);
    expect(keysOf(withChanges(keys, changes, { visibility: 'public' }))).toBe('a');
    expect(withChanges(keys, changes, {}).pages[0]?.images[0]).toEqual({ key: 'b' });
  });

  it('keeps unaffected pages, and has the addresses of the others fetched again', () => {
    const after = withChanges(loaded, new Map([['9', null]]), {});
    expect(after.pages[0]).toBe(loaded.pages[0]);
    expect(after.pages[1]?.fetchedAt).toBe(0);
  });
});

describe('applyChanges', () => {
  const deleted = new Map([['b', null]]);

  it('is not undone by a page that was being fetched', async () => {
    const queryClient = new QueryClient();
    const options = imagesQuery('my-app', {});
    queryClient.setQueryData(options.queryKey, list(page('cba', 'a')));
    let answer = (_: FetchedPage) => {};
    const next = new Promise<FetchedPage>((resolve) => {
      answer = resolve;
    });
    const observer = new InfiniteQueryObserver(queryClient, {
      ...options,
      queryFn: () => next,
    });
    const fetched = observer.fetchNextPage();
    applyChanges(queryClient, 'my-app', deleted);
    answer(page('98', null));
    await fetched;
    const after = queryClient.getQueryData(options.queryKey);
    expect(after && keysOf(after)).toBe('ca|98');
  });

  it('repeats a request that was sent before the change', async () => {
    const queryClient = new QueryClient();
    let asked = 0;
    const answer = fetchAfterChanges(queryClient, async () => ++asked);
    applyChanges(queryClient, 'my-app', deleted);
    expect(await answer).toBe(2);
  });
});

describe('invalidateUrls', () => {
  const { queryKey } = imagesQuery('my-app', {});
  const now = Date.now();
  const fetchedAt = (queryClient: QueryClient) =>
    queryClient.getQueryData(queryKey)?.pages.map((one) => one.fetchedAt);
  const start = () => {
    const queryClient = new QueryClient();
    const pages = list(page('cba', 'a', now - 60_000), page('98', null, now - 60_000));
    queryClient.setQueryData(queryKey, pages);
    return queryClient;
  };

  it('has all addresses of a project fetched again', () => {
    const queryClient = start();
    invalidateUrls(queryClient, 'my-app');
    expect(fetchedAt(queryClient)).toEqual([0, 0]);
  });

  it('has only the page of an image fetched again', () => {
    const queryClient = start();
    invalidateUrls(queryClient, 'my-app', '8');
    expect(fetchedAt(queryClient)).toEqual([now - 60_000, 0]);
  });

  it('does not fetch new addresses again for an image that fails for another reason', () => {
    const queryClient = start();
    queryClient.setQueryData(queryKey, list(page('cba', null, now)));
    invalidateUrls(queryClient, 'my-app', 'a');
    expect(fetchedAt(queryClient)).toEqual([now]);
  });
});
