import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DerivedSide, DerivedStore, ObjectBody } from '../index.js';
import { expectBytes, expectEqual, joinBytes, someBytes } from './bytes.js';
import {
  type DerivedStoreSetup,
  type DerivedStoreTraits,
  describeTwoSides,
  idOf,
  LARGE,
  of,
  SIDES,
  SMALL,
} from './derived-store-sides.js';

/** The suite of {@link DerivedStore}: declares its tests against what `setUp` makes for each. */
export function describeDerivedStore(
  name: string,
  setUp: () => Promise<DerivedStoreSetup>,
  traits: DerivedStoreTraits = {},
): void {
  let setup: DerivedStoreSetup;
  let derived: DerivedStore;
  const id = idOf(1);
  const other = idOf(2);

  describe.each(SIDES)(`the %s side of ${name}`, (side) => {
    let store: DerivedSide;
    beforeEach(async () => {
      setup = await setUp();
      derived = setup.store;
      store = derived[side];
    });
    afterEach(() => setup.close());

    it('has nothing under an unknown name', async () => {
      expect(await store.get(id, 'w400.webp')).toBeNull();
      await store.set(of(id), 'w400.webp', someBytes(10));
      for (const never of ['w400.web', 'w400.webpx', 'w400', 'w40', 'constructor']) {
        expect(await store.get(id, never), never).toBeNull();
      }
    });

    it.each([0, 1, SMALL, LARGE])('returns an entry of %i bytes repeatedly', async (n) => {
      expect(await store.set(of(id), 'w400.webp', someBytes(n))).toBe(true);
      for (let i = 0; i < 3; i++) await expectBytes(await store.get(id, 'w400.webp'), someBytes(n));
    });

    it.each([SMALL, LARGE])('returns parts of an entry of %i bytes', async (n) => {
      const bytes = someBytes(n);
      await store.set(of(id), 'w400.webp', bytes);
      for (const [start, length] of [
        [0, 1],
        [n - 1, 1],
        [n / 2, 1],
        [7, n - 7],
        [0, n],
        [1000, 5000],
      ] as const) {
        const body = await store.get(id, 'w400.webp');
        const part = body?.slice({ start, length }) ?? null;
        await expectBytes(part, bytes.subarray(start, start + length));
        await expectBytes(body, bytes);
        if (body?.file === undefined) continue;
        const { path } = body.file;
        expect(part?.file, 'a part of a file is read from it').toMatchObject({
          path,
          start,
          length,
        });
      }
    });

    it('distinguishes names and masters', async () => {
      const names = ['a', 'a.b', 'a-b', 'a.b.c', '0', '9.-', `long${'.-x9'.repeat(24)}`];
      for (const [i, each] of names.entries()) {
        await store.set(of(id), each, someBytes(100 + i, i));
        await store.set(of(other), each, someBytes(100 + i, 100 + i));
      }
      for (const [i, each] of names.entries()) {
        await expectBytes(await store.get(id, each), someBytes(100 + i, i));
        await expectBytes(await store.get(other, each), someBytes(100 + i, 100 + i));
      }
    });

    it('accepts the same entry twice, also concurrently', async () => {
      for (const n of [SMALL, LARGE]) {
        const bytes = someBytes(n);
        await Promise.all(Array.from({ length: 8 }, () => store.set(of(id), `n${n}`, bytes)));
        expect(await store.set(of(id), `n${n}`, bytes)).toBe(true);
        await expectBytes(await store.get(id, `n${n}`), bytes);
      }
      expect(await store.names(id, '')).toHaveLength(2);
    });

    it('handles concurrent writes and reads', async () => {
      const numbers = Array.from({ length: 50 }, (_, n) => n);
      await Promise.all(numbers.map((n) => store.set(of(id), `n${n}`, someBytes(SMALL, n))));
      await Promise.all(
        [...numbers, ...numbers].map(async (n) =>
          expectBytes(await store.get(id, `n${n}`), someBytes(SMALL, n)),
        ),
      );
    });

    it('lists the names of the entries of each master', async () => {
      expect(await store.names(id, '')).toEqual([]);
      await store.set(of(id), 'a', someBytes(SMALL));
      await store.set(of(id), 'b', someBytes(LARGE));
      await store.set(of(id), 'b', someBytes(LARGE));
      await store.set(of(other), 'a', someBytes(1));
      expect(await sorted(store.names(id, ''))).toEqual(['a', 'b']);
      expect(await store.names(other, '')).toEqual(['a']);
      await store.remove(id, 'a', 'stale');
      expect(await store.names(id, '')).toEqual(['b']);
    });

    it('lists the names with a prefix', async () => {
      for (const name of ['v1-a', 'v1-b', 'v2-a', 'v', 'master']) {
        await store.set(of(id), name, someBytes(SMALL));
      }
      await store.set(of(id), 'v1-c', someBytes(LARGE));
      for (const [prefix, names] of [
        ['v1-', ['v1-a', 'v1-b', 'v1-c']],
        ['v2-', ['v2-a']],
        ['v', ['v', 'v1-a', 'v1-b', 'v1-c', 'v2-a']],
        ['1-', []],
        ['', ['master', 'v', 'v1-a', 'v1-b', 'v1-c', 'v2-a']],
      ] as const) {
        expect(await sorted(store.names(id, prefix)), prefix).toEqual(names);
      }
    });

    it('lists the names in the order of their last read', async () => {
      for (const name of ['a', 'b', 'c', 'd']) await store.set(of(id), name, someBytes(SMALL));
      await store.set(of(id), 'large', someBytes(LARGE));
      for (const name of ['b', 'large', 'a']) {
        expect(await store.get(id, name)).not.toBeNull();
      }
      expect(await store.names(id, '')).toEqual(['c', 'd', 'b', 'large', 'a']);
    });

    it('lists every master that has entries, in batches', async () => {
      const ids = Array.from({ length: 7 }, (_, n) => idOf(n + 1));
      for (const [n, each] of ids.entries()) {
        await store.set(of(each), 'a', someBytes(n % 2 === 0 ? SMALL : LARGE / 2));
        await store.set(of(each), 'b', someBytes(SMALL));
      }
      await derived.drop(idOf(2));
      await store.remove(idOf(3), 'a', 'stale');
      const found = new Set<string>();
      for await (const batch of derived.objects(2)) {
        expect(batch.length).toBeLessThanOrEqual(2);
        expect(batch.length).toBeGreaterThan(0);
        for (const each of batch) found.add(each);
      }
      expect([...found].sort()).toEqual(ids.filter((each) => each !== idOf(2)));
    });

    it('lets masters be dropped while they are listed', async () => {
      for (let n = 0; n < 9; n++) await store.set(of(idOf(n)), 'a', someBytes(SMALL));
      for await (const batch of derived.objects(2)) {
        for (const each of batch) await derived.drop(each);
      }
      for await (const batch of derived.objects(100)) expect(batch).toEqual([]);
    });

    it('removes one entry and leaves the others', async () => {
      for (const n of [SMALL, LARGE]) {
        await store.set(of(id), `n${n}`, someBytes(n));
        await store.set(of(id), `n${n}.b`, someBytes(n, 2));
        await expectBytes(await store.get(id, `n${n}`), someBytes(n));
        await store.remove(id, `n${n}`, 'stale');
        await store.remove(id, `n${n}`, 'stale');
        expect(await store.get(id, `n${n}`)).toBeNull();
        await expectBytes(await store.get(id, `n${n}.b`), someBytes(n, 2));
      }
      await store.remove(other, 'never', 'stale');
    });

    it('returns the new bytes of an entry that was removed and set again', async () => {
      for (const n of [SMALL, LARGE]) {
        await store.set(of(id), `n${n}`, someBytes(n, 1));
        await expectBytes(await store.get(id, `n${n}`), someBytes(n, 1));
        await store.remove(id, `n${n}`, 'stale');
        await store.set(of(id), `n${n}`, someBytes(n, 2));
        await expectBytes(await store.get(id, `n${n}`), someBytes(n, 2));
      }
    });

    it('drops every entry of one master, which may be set again', async () => {
      const names = ['a', 'b', 'c.d', 'master'];
      for (const each of names) await store.set(of(id), each, someBytes(SMALL));
      await store.set(of(id), 'large', someBytes(LARGE));
      await store.set(of(other), 'a', someBytes(SMALL, 2));
      await derived.drop(id);
      await derived.drop(id);
      for (const each of [...names, 'large']) expect(await store.get(id, each), each).toBeNull();
      expect(await store.names(id, '')).toEqual([]);
      await expectBytes(await store.get(other, 'a'), someBytes(SMALL, 2));
      await store.set(of(id), 'a', someBytes(SMALL, 3));
      await expectBytes(await store.get(id, 'a'), someBytes(SMALL, 3));
    });

    it('lets a read in progress complete', async () => {
      for (const take of [() => derived.drop(id), () => store.remove(id, 'large', 'stale')]) {
        await store.set(of(id), 'large', someBytes(LARGE));
        const finish = await beginReading(await store.get(id, 'large'));
        await take();
        expectEqual(await finish(), someBytes(LARGE));
      }
    });

    it('keeps an entry with the longest id, name and project', async () => {
      const [longestId, longest] = ['f'.repeat(32), 'n'.repeat(148)];
      const bytes = someBytes(1000);
      expect(await store.set(of(longestId, 'p'.repeat(40)), longest, bytes)).toBe(true);
      await expectBytes(await store.get(longestId, longest, 'file'), bytes);
    });

    it('keeps nothing under an invalid id or name, such as a path', async () => {
      await store.set(of(id), 'a', someBytes(10));
      for (const text of STRANGE) {
        expect(await store.set(of(text), 'a', someBytes(20)), text).toBe(false);
        expect(await store.set(of(id, text), 'b', someBytes(20)), text).toBe(false);
        expect(await store.set(of(id), text, someBytes(20)), text).toBe(false);
        expect(await store.get(text, 'a'), text).toBeNull();
        expect(await store.get(id, text), text).toBeNull();
        await store.remove(id, text, 'stale');
        await store.remove(text, 'a', 'stale');
        await derived.drop(text);
        expect(await store.names(text, ''), text).toEqual([]);
      }
      expect(await store.names(id, '')).toEqual(['a']);
      await expectBytes(await store.get(id, 'a'), someBytes(10));
    });

    it('keeps an entry of the largest size, and none above', async () => {
      const { maxEntryBytes } = store;
      expect(await store.set(of(id), 'largest', someBytes(maxEntryBytes))).toBe(true);
      await expectBytes(await store.get(id, 'largest'), someBytes(maxEntryBytes));
      expect(await store.set(of(id), 'larger', someBytes(maxEntryBytes + 1))).toBe(false);
      expect(await store.get(id, 'larger')).toBeNull();
      expect(await store.names(id, '')).toEqual(['largest']);
    });

    if (side === traits.unbounded) return;

    it('evicts the least recently read entries first', async () => {
      const size = Math.ceil(store.maxEntryBytes / 2);
      const bytes = someBytes(size);
      await store.set(of(id), 'read', bytes);
      await store.set(of(id), 'unread', bytes);
      for (let i = 0; i <= 2 * Math.ceil(setup.maxBytes / size); i++) {
        await store.set(of(idOf(100 + i)), 'a', bytes);
        await expectBytes(await store.get(id, 'read'), bytes);
      }
      expect(await store.get(id, 'unread')).toBeNull();
    });

    it('evicts of one project what it takes beyond its share, and nothing of another', async () => {
      const size = Math.ceil(store.maxEntryBytes / 8);
      const bytes = someBytes(size);
      const most = Math.floor(setup.maxBytes / size);
      const quiet = Array.from({ length: Math.floor(most / 4) }, (_, n) => idOf(n));
      for (const each of quiet) await store.set(of(each, 'quiet'), 'a', bytes);
      for (let n = 0; n < 3 * most; n++) await store.set(of(idOf(100 + n), 'loud'), 'a', bytes);
      for (const each of quiet) expect(await store.get(each, 'a'), each).not.toBeNull();
      const last = idOf(100 + 3 * most - 1);
      await expectBytes(await store.get(last, 'a'), bytes);
    });
  });
  describeTwoSides(name, setUp, traits);
}

const STRANGE = [
  '',
  '.',
  '..',
  '../a',
  './a',
  'a/b',
  'a\\b',
  '/etc/passwd',
  'a\0',
  'a b',
  'a~b',
  '%2e%2e',
  'é',
  'x'.repeat(5000),
];

async function sorted(names: Promise<readonly string[]>): Promise<string[]> {
  return [...(await names)].sort();
}

/** Reads the first chunk; the returned function reads the rest and resolves with all bytes. */
async function beginReading(body: ObjectBody | null) {
  const reader = body?.stream().getReader();
  const chunks: Uint8Array[] = [];
  const next = async () => {
    const { value } = (await reader?.read()) ?? {};
    if (value !== undefined) chunks.push(value);
    return value !== undefined;
  };
  await next();
  return async () => {
    while (await next());
    return joinBytes(chunks);
  };
}
