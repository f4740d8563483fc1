import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EdgeCache } from '../index.js';
import { expectBytes, someBytes } from './bytes.js';
import { describeVariantStore } from './variant-store.js';

/** A fresh, empty cache with room for 4 MB at least, in entries of up to 1 MB. */
export interface EdgeCacheSetup {
  readonly cache: EdgeCache;
  /** Most bytes that it keeps, all entries together. */
  readonly maxBytes: number;
  close(): Promise<void>;
}

/** The suite of {@link EdgeCache}: declares its tests against what `setUp` makes for each. */
export function describeEdgeCache(name: string, setUp: () => Promise<EdgeCacheSetup>): void {
  describeVariantStore(name, async () => {
    const { cache, close } = await setUp();
    let masters = 0;
    return { store: cache, makeMaster: async () => idOf(masters++), close };
  });

  describe(`${name} as EdgeCache`, () => {
    let setup: EdgeCacheSetup;
    let cache: EdgeCache;
    beforeEach(async () => {
      setup = await setUp();
      cache = setup.cache;
    });
    afterEach(() => setup.close());

    it('keeps an entry of the largest size, and none above', async () => {
      const { maxEntryBytes } = cache;
      expect(await cache.set(idOf(1), 'largest', someBytes(maxEntryBytes))).toBe(true);
      await expectBytes(await cache.get(idOf(1), 'largest'), someBytes(maxEntryBytes));
      expect(await cache.set(idOf(1), 'larger', someBytes(maxEntryBytes + 1))).toBe(false);
      expect(await cache.get(idOf(1), 'larger')).toBeNull();
      expect(await cache.count(idOf(1), '')).toBe(1);
    });

    it('stays within its bound however much is set, and keeps the newest', async () => {
      const size = Math.ceil(cache.maxEntryBytes / 2);
      const count = 3 * Math.ceil(setup.maxBytes / size);
      const bytes = someBytes(size);
      for (let i = 0; i < count; i++) await cache.set(idOf(i), 'a', bytes);
      let [kept, counted] = [0, 0];
      for (let i = 0; i < count; i++) {
        counted += await cache.count(idOf(i), '');
        kept += (await cache.get(idOf(i), 'a')) === null ? 0 : 1;
      }
      expect(kept * size).toBeLessThanOrEqual(setup.maxBytes);
      expect(counted).toBe(kept);
      await expectBytes(await cache.get(idOf(count - 1), 'a'), bytes);
    });

    it('keeps what is read, rather than what is not', async () => {
      const size = Math.ceil(cache.maxEntryBytes / 2);
      const bytes = someBytes(size);
      await cache.set(idOf(0), 'read', bytes);
      await cache.set(idOf(0), 'unread', bytes);
      for (let i = 1; i <= 2 * Math.ceil(setup.maxBytes / size); i++) {
        await cache.set(idOf(i), 'a', bytes);
        await expectBytes(await cache.get(idOf(0), 'read'), bytes);
      }
      expect(await cache.get(idOf(0), 'unread')).toBeNull();
    });
  });
}

/** The id of the n-th master, in the form that object stores give. */
function idOf(n: number): string {
  return n.toString(16).padStart(32, '0');
}
