import { createDerivedStore } from '@auraimage/cache-local';
import { createWorkersDerivedStore } from '@auraimage/cache-workers';
import type { DerivedStore } from '@auraimage/ports';
import { describeDerivedStore } from '@auraimage/ports/contracts';
import { beforeEach, describe, expect, it } from 'vitest';

const MB = 2 ** 20;
const ORIGIN = 'https://img.example';
const ID = 'a'.repeat(32);
const OWNER = { objectId: ID, project: 'my-app' };

/** A store as an isolate has it, with an empty memory. */
function openStore(cache: Cache, maxMemoryEntryBytes: number, maxEntryBytes: number) {
  const memory = createDerivedStore({
    memoryBytes: 8 * MB,
    maxMemoryEntryBytes,
    maxEntryBytes: maxMemoryEntryBytes,
  });
  return createWorkersDerivedStore({ memory, cache, origin: ORIGIN, maxEntryBytes });
}

const newCache = () => caches.open(crypto.randomUUID());
let opened: Promise<DerivedStore> | undefined;

describeDerivedStore(
  'the store of Workers',
  async () => ({
    store: openStore(await newCache(), 2 * MB, 2 * MB),
    maxBytes: 8 * MB,
    close: async () => {},
  }),
  { unbounded: 'public' },
);

describe('the cache of a data centre', () => {
  let cache: Cache;
  beforeEach(async () => {
    cache = await newCache();
  });
  const openIsolate = () => openStore(cache, 1000, 4 * MB);
  const bytesOf = (length: number) => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at++) bytes[at] = at % 251;
    return bytes;
  };

  it.each([0, 500, 3 * MB])('has a public entry of %i bytes for other isolates', async (length) => {
    await openIsolate().public.set(OWNER, 'v1-w400-webp', bytesOf(length));
    const other = openIsolate();
    for (let time = 0; time < 2; time++) {
      const body = await other.public.get(ID, 'v1-w400-webp');
      expect(body?.length).toBe(length);
      for (let read = 0; read < 2; read++) {
        const bytes = new Uint8Array(await new Response(body?.stream()).arrayBuffer());
        expect(bytes.length).toBe(length);
        expect(bytes.every((byte, at) => byte === at % 251)).toBe(true);
      }
    }
    await openIsolate().public.remove(ID, 'v1-w400-webp', 'stale');
    expect(await openIsolate().public.get(ID, 'v1-w400-webp')).toBeNull();
  });

  it('returns parts of a large entry', async () => {
    await openIsolate().public.set(OWNER, 'large', bytesOf(3 * MB));
    const body = await openIsolate().public.get(ID, 'large');
    for (const [start, length] of [
      [0, 1],
      [1000, 5000],
      [3 * MB - 1, 1],
    ] as const) {
      const part = body?.slice({ start, length });
      const bytes = new Uint8Array(await new Response(part?.stream()).arrayBuffer());
      expect([part?.length, bytes.length]).toEqual([length, length]);
      expect(bytes.every((byte, at) => byte === (start + at) % 251)).toBe(true);
    }
  });

  it('never has a private entry', async () => {
    const puts: string[] = [];
    const watched = new Proxy(cache, {
      get(target, name) {
        if (name === 'put') puts.push(name);
        const method: unknown = Reflect.get(target, name);
        return typeof method === 'function' ? method.bind(target) : method;
      },
    });
    const store = openStore(watched, 1000, 4 * MB);
    for (const length of [500, 3 * MB]) {
      await store.private.set(OWNER, 'v1-w400-webp', bytesOf(length));
    }
    expect(puts).toEqual([]);
    expect(await store.private.get(ID, 'v1-w400-webp')).not.toBeNull();
    for (const side of ['public', 'private'] as const) {
      expect(await openStore(cache, 1000, 4 * MB)[side].get(ID, 'v1-w400-webp')).toBeNull();
    }
    await store.public.set(OWNER, 'v1-w400-webp', bytesOf(500));
    expect(puts).toEqual(['put']);
  });

  it('has no entry of a master that this isolate has made and dropped', async () => {
    const store = openIsolate();
    await store.public.set(OWNER, 'v1-w400-webp', bytesOf(500));
    await store.drop(ID);
    expect(await openIsolate().public.get(ID, 'v1-w400-webp')).toBeNull();
  });

  it('is one of its own: no request is answered from it', async () => {
    await openIsolate().public.set(OWNER, 'v1-w400-webp', bytesOf(500));
    const address = `${ORIGIN}/derived/${ID}/v1-w400-webp`;
    expect(await cache.match(address)).toBeDefined();
    const ofRequests = Reflect.get(caches, 'default') as Cache;
    expect(await ofRequests.match(address)).toBeUndefined();
  });

  it.each([1, 2])(
    'serves the requests of an isolate, of which one opened it: request %i',
    async () => {
      opened ??= newCache().then((own) => openStore(own, 1000, 4 * MB));
      const store = await opened;
      for (const side of ['public', 'private'] as const) {
        await store[side].set(OWNER, 'small', bytesOf(500));
        expect((await store[side].get(ID, 'small'))?.length).toBe(500);
      }
      await store.public.set(OWNER, 'large', bytesOf(3 * MB));
      const body = await store.public.get(ID, 'large');
      expect((await new Response(body?.stream()).arrayBuffer()).byteLength).toBe(3 * MB);
    },
  );

  it('may fail: the entry is made again', async () => {
    const errors: unknown[] = [];
    const failing = { match: fail, put: fail, delete: fail } as unknown as Cache;
    const store = createWorkersDerivedStore({
      memory: openStore(cache, 1000, 1000),
      cache: failing,
      origin: ORIGIN,
      maxEntryBytes: 4 * MB,
      onError: (error) => errors.push(error),
    });
    expect(await store.public.get(ID, 'a')).toBeNull();
    expect(await store.public.set(OWNER, 'a', bytesOf(3 * MB))).toBe(false);
    await store.public.remove(ID, 'a', 'stale');
    expect(errors).toHaveLength(3);
  });
});

async function fail(): Promise<never> {
  throw new Error('the cache has failed');
}
