import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DerivedOwner, DerivedStore } from '../index.js';
import { expectBytes, someBytes } from './bytes.js';

/** A fresh, empty store for at least 4 MB, with entries of at least 1 MB. */
export interface DerivedStoreSetup {
  readonly store: DerivedStore;
  /** Most bytes that it keeps, both sides together. */
  readonly maxBytes: number;
  close(): Promise<void>;
}

export const SMALL = 20_000;
/** Larger than most stores return as bytes. */
export const LARGE = 1_000_000;
export const SIDES = ['public', 'private'] as const;

/** What a store leaves to another party. */
export interface DerivedStoreTraits {
  /** A side that is also in a cache that bounds and evicts its entries by itself. */
  readonly unbounded?: 'public';
}

/** The tests of the separation between the two sides of a store. */
export function describeTwoSides(
  name: string,
  setUp: () => Promise<DerivedStoreSetup>,
  { unbounded }: DerivedStoreTraits,
): void {
  const id = idOf(1);
  const other = idOf(2);

  describe(`the two sides of ${name}`, () => {
    let setup: DerivedStoreSetup;
    let derived: DerivedStore;
    beforeEach(async () => {
      setup = await setUp();
      derived = setup.store;
    });
    afterEach(() => setup.close());

    it.each([SMALL, LARGE])('never return an entry of the other, of %i bytes', async (n) => {
      for (const [mine, others] of [
        [derived.private, derived.public],
        [derived.public, derived.private],
      ] as const) {
        await mine.set(of(id), 'v1-w400-webp', someBytes(n, 1));
        expect(await others.get(id, 'v1-w400-webp')).toBeNull();
        expect(await others.names(id, '')).toEqual([]);
        await others.remove(id, 'v1-w400-webp', 'stale');
        await expectBytes(await mine.get(id, 'v1-w400-webp'), someBytes(n, 1));
        await mine.remove(id, 'v1-w400-webp', 'stale');
      }
    });

    it('cannot be reached through a forged id or name', async () => {
      await derived.private.set(of(id), 'a', someBytes(SMALL));
      for (const text of [`private~${id}`, `private/${id}`, `../private/${id}`, `private${id}`]) {
        expect(await derived.public.get(text, 'a'), text).toBeNull();
        expect(await derived.public.names(text, ''), text).toEqual([]);
      }
      for (const text of ['../../private/a', `~private~${id}~a`]) {
        expect(await derived.public.get(id, text), text).toBeNull();
      }
    });

    it.each([SMALL, LARGE])('keep different entries under one name, of %i bytes', async (n) => {
      await derived.public.set(of(id), 'a', someBytes(n, 1));
      await derived.private.set(of(id), 'a', someBytes(n, 2));
      for (let i = 0; i < 2; i++) {
        await expectBytes(await derived.public.get(id, 'a'), someBytes(n, 1));
        await expectBytes(await derived.private.get(id, 'a'), someBytes(n, 2));
      }
      await derived.public.remove(id, 'a', 'stale');
      await expectBytes(await derived.private.get(id, 'a'), someBytes(n, 2));
    });

    it('both drop a master', async () => {
      for (const n of [SMALL, LARGE]) {
        for (const side of SIDES) await derived[side].set(of(id), `n${n}`, someBytes(n));
      }
      await derived.private.set(of(other), 'a', someBytes(SMALL));
      await derived.drop(id);
      for (const side of SIDES) expect(await derived[side].names(id, ''), side).toEqual([]);
      await expectBytes(await derived.private.get(other, 'a'), someBytes(SMALL));
    });

    if (unbounded !== undefined) return;

    it('stay within one common bound, and keep the newest', async () => {
      const size = Math.ceil(derived.public.maxEntryBytes / 2);
      const count = 3 * Math.ceil(setup.maxBytes / size);
      const bytes = someBytes(size);
      const sideOf = (n: number) => derived[n % 2 === 0 ? 'public' : 'private'];
      for (let n = 0; n < count; n++) await sideOf(n).set(of(idOf(n)), 'a', bytes);
      let [kept, named] = [0, 0];
      for (let n = 0; n < count; n++) {
        named += (await sideOf(n).names(idOf(n), '')).length;
        kept += (await sideOf(n).get(idOf(n), 'a')) === null ? 0 : 1;
      }
      expect(kept * size).toBeLessThanOrEqual(setup.maxBytes);
      expect(named).toBe(kept);
      await expectBytes(await sideOf(count - 1).get(idOf(count - 1), 'a'), bytes);
    });
  });
}

/** The id of the n-th master, in the form that object stores give. */
export function idOf(n: number): string {
  return n.toString(16).padStart(32, '0');
}

/** A master as the owner of entries. */
export function of(objectId: string, project = 'my-app'): DerivedOwner {
  return { objectId, project };
}
