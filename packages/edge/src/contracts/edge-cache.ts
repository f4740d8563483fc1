import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EdgeCache } from '../ports.js';
import { expectEqual, someBytes } from './bytes.js';

/** A fresh, empty cache. */
export interface EdgeCacheSetup {
  readonly cache: EdgeCache;
  /** Most bytes that it keeps, all entries together. */
  readonly maxBytes: number;
  close(): Promise<void>;
}

/** The suite of {@link EdgeCache}: declares its tests against what `setUp` makes for each. */
export function describeEdgeCache(name: string, setUp: () => Promise<EdgeCacheSetup>): void {
  describe(`${name} as EdgeCache`, () => {
    let setup: EdgeCacheSetup;
    let cache: EdgeCache;
    beforeEach(async () => {
      setup = await setUp();
      cache = setup.cache;
    });
    afterEach(() => setup.close());

    const get = async (key: string) => (await cache.get(key)) ?? someBytes(0);

    it('has nothing under a key that was never set', async () => {
      expect(await cache.get('a')).toBeNull();
      expect(await cache.get('__proto__')).toBeNull();
    });

    it('gives the bytes of each key', async () => {
      await cache.set('a', someBytes(100, 1));
      await cache.set('b', someBytes(200, 2));
      expectEqual(await get('a'), someBytes(100, 1));
      expectEqual(await get('b'), someBytes(200, 2));
      expectEqual(await get('a'), someBytes(100, 1));
    });

    it('gives the latest bytes of a key', async () => {
      await cache.set('a', someBytes(100, 1));
      await cache.set('a', someBytes(50, 2));
      expectEqual(await get('a'), someBytes(50, 2));
    });

    it('has nothing under a deleted key, and its others still', async () => {
      await cache.set('a', someBytes(100));
      await cache.set('b', someBytes(100));
      await cache.delete('a');
      await cache.delete('a');
      await cache.delete('never set');
      expect(await cache.get('a')).toBeNull();
      expectEqual(await get('b'), someBytes(100));
    });

    it('keeps an entry of the largest size, and none above', async () => {
      const { maxEntryBytes } = cache;
      await cache.set('largest', someBytes(maxEntryBytes));
      expectEqual(await get('largest'), someBytes(maxEntryBytes));
      await cache.set('larger', someBytes(maxEntryBytes + 1));
      expect(await cache.get('larger')).toBeNull();
    });

    it('has no older bytes under a key whose new ones it declined', async () => {
      await cache.set('a', someBytes(10));
      await cache.set('a', someBytes(cache.maxEntryBytes + 1));
      expect(await cache.get('a')).toBeNull();
    });

    it('stays within its bound however much is set, and keeps the newest', async () => {
      const size = Math.max(1, Math.floor(cache.maxEntryBytes / 2));
      const count = 3 * Math.ceil(setup.maxBytes / size);
      for (let i = 0; i < count; i++) await cache.set(`entry ${i}`, someBytes(size, i));
      let kept = 0;
      for (let i = 0; i < count; i++) kept += (await cache.get(`entry ${i}`))?.length ?? 0;
      expect(kept).toBeLessThanOrEqual(setup.maxBytes);
      expectEqual(await get(`entry ${count - 1}`), someBytes(size, count - 1));
    });

    it('keeps entries of no bytes within its bound too', async () => {
      await cache.set('empty', someBytes(0));
      const empty = await cache.get('empty');
      expect(empty === null || empty.length === 0).toBe(true);
    });
  });
}
