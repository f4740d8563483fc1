import { InfiniteQueryObserver, QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { api } from '../api/client.js';
import { imagesQuery, type ListedPage } from '../api/images.js';
import { refreshNewest } from './refresh.js';

type Answer = (outcome: {
  readonly data: Omit<ListedPage, 'fetchedAt'>;
  readonly response: Response;
}) => void;
const requests: { cursor: string | undefined; answer: Answer }[] = [];

const PROJECT = 'my-app';
const options = imagesQuery(PROJECT, {});
const page = (keys: string, cursor: string | null): ListedPage => ({
  images: [...keys].map((key) => ({ key })),
  folders: [],
  cursor,
  fetchedAt: 0,
});
const answer = (request: number, keys: string, cursor: string | null) =>
  requests[request]?.answer({
    data: page(keys, cursor),
    response: new Response(null, { status: 200 }),
  });

let queryClient: QueryClient;
let observer: InfiniteQueryObserver;
let leave: () => void;

function get(_: string, { params }: { params: { query?: { cursor?: string } } }) {
  return new Promise((answer: Answer) => {
    requests.push({ cursor: params.query?.cursor, answer });
  });
}

beforeEach(() => {
  requests.length = 0;
  vi.spyOn(api, 'GET').mockImplementation(get as typeof api.GET);
  queryClient = new QueryClient();
  queryClient.setQueryData(options.queryKey, { pages: [page('cb', 'b')], pageParams: [null] });
  observer = new InfiniteQueryObserver(queryClient, options) as unknown as InfiniteQueryObserver;
  leave = observer.subscribe(() => {});
});
afterEach(() => {
  leave();
  vi.restoreAllMocks();
});

const listed = () =>
  queryClient
    .getQueryData(options.queryKey)
    ?.pages.map(({ images }) => images.map(({ key }) => key).join(''))
    .join('|');

describe('refreshNewest', () => {
  it('is not undone by a next page, in either order of requests', async () => {
    for (const first of ['page', 'refresh'] as const) {
      queryClient.setQueryData(options.queryKey, { pages: [page('cb', 'b')], pageParams: [null] });
      requests.length = 0;
      const begin = {
        page: () => observer.fetchNextPage(),
        refresh: () => refreshNewest(queryClient, PROJECT),
      };
      const begun = [begin[first](), begin[first === 'page' ? 'refresh' : 'page']()];
      await vi.waitFor(() => expect(requests).toHaveLength(2));
      const at = requests.findIndex(({ cursor }) => cursor === 'b');
      answer(1 - at, 'dc', 'c');
      await begun[first === 'page' ? 1 : 0];
      answer(at, 'a', null);
      await Promise.all(begun);
      expect(listed(), first).toBe('dc|ba');
    }
  });

  it('keeps the result of the latest request, in any order of responses', async () => {
    const before = refreshNewest(queryClient, PROJECT);
    const after = refreshNewest(queryClient, PROJECT);
    answer(1, 'dc', 'c');
    await after;
    answer(0, 'cb', 'b');
    await before;
    expect(listed()).toBe('dc|b');
  });
});
