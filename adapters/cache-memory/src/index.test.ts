import { describeEdgeCache } from '@auraimage/edge/contracts';
import { expect, it } from 'vitest';
import { createMemoryCache } from './index.js';

const SIZES = { maxBytes: 10_000, maxEntryBytes: 1000 };

describeEdgeCache('memory', async () => ({
  cache: createMemoryCache(SIZES),
  maxBytes: SIZES.maxBytes,
  close: async () => {},
}));

it('lets the entry go that was read least recently', async () => {
  const cache = createMemoryCache({ maxBytes: 300, maxEntryBytes: 100 });
  for (const key of ['a', 'b', 'c']) await cache.set(key, new Uint8Array(100));
  await cache.get('a');
  await cache.set('d', new Uint8Array(100));
  expect(await cache.get('b')).toBeNull();
  for (const key of ['a', 'c', 'd']) expect(await cache.get(key)).not.toBeNull();
});

it('keeps no entry that is larger than the whole', async () => {
  const cache = createMemoryCache({ maxBytes: 100, maxEntryBytes: 1000 });
  expect(cache.maxEntryBytes).toBe(100);
  await cache.set('a', new Uint8Array(101));
  expect(await cache.get('a')).toBeNull();
});
