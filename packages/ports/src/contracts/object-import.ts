import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ObjectBody,
  type ObjectImport,
  ObjectMismatchError,
  type ObjectStore,
} from '../index.js';
import { expectBytes, sha256Hex, someBytes } from './bytes.js';

/** A fresh, empty store. */
export interface ObjectImportSetup {
  readonly into: ObjectImport;
  /** The same objects as servers read them. */
  readonly store: ObjectStore;
  /** Number of files or keys in the store: objects, drafts and anything else. */
  countAll(): Promise<number>;
  /** Damages bytes of a stored object, but keeps its length and recorded hash. */
  damage(id: string): Promise<void>;
  close(): Promise<void>;
}

const ID = '0123456789abcdef0123456789abcdef';

/** The suite of {@link ObjectImport}: declares its tests against what `setUp` makes for each. */
export function describeObjectImport(name: string, setUp: () => Promise<ObjectImportSetup>): void {
  describe(`${name} as ObjectImport`, () => {
    let setup: ObjectImportSetup;
    let into: ObjectImport;
    beforeEach(async () => {
      setup = await setUp();
      into = setup.into;
    });
    afterEach(() => setup.close());

    it.each([1, 5000, 3_000_000])('stores %i bytes under their id', async (size) => {
      const bytes = someBytes(size);
      const facts = await factsOf(bytes);
      expect(await into.check(ID, 'noted')).toBeNull();
      await into.put(ID, facts, bodyOf(bytes));
      await expectBytes(await setup.store.read(ID, { start: 0, length: size }), bytes);
      for (const depth of ['noted', 'bytes'] as const) {
        expect(await into.check(ID, depth)).toEqual(facts);
      }
      expect(await into.check(ID, 'size')).toMatchObject({ size });
      expect(await setup.countAll()).toBe(1);
    });

    it('keeps other, fewer or more bytes invisible', async () => {
      const facts = await factsOf(someBytes(5000));
      const wrong = [someBytes(5000, 9), someBytes(4999), someBytes(5001), someBytes(0)];
      for (const bytes of wrong) {
        await expect(into.put(ID, facts, bodyOf(bytes))).rejects.toThrow(ObjectMismatchError);
      }
      expect(await setup.countAll()).toBe(0);
      expect(await into.check(ID, 'size')).toBeNull();
    });

    it('keeps an incomplete body invisible', async () => {
      const facts = await factsOf(someBytes(5000));
      await expect(into.put(ID, facts, brokenBody(5000))).rejects.toThrow('broke off');
      expect(await setup.countAll()).toBe(0);
    });

    it('keeps a correct object, and replaces a wrong one', async () => {
      const bytes = someBytes(5000);
      const facts = await factsOf(bytes);
      const others = someBytes(4000, 9);
      await into.put(ID, await factsOf(others), bodyOf(others));
      await into.put(ID, facts, bodyOf(bytes));
      await into.put(ID, facts, bodyOf(bytes));
      await expectBytes(await setup.store.read(ID, { start: 0, length: 5000 }), bytes);
      expect(await setup.countAll()).toBe(1);
    });

    it('finds damaged bytes when it reads them', async () => {
      const bytes = someBytes(5000);
      const facts = await factsOf(bytes);
      await into.put(ID, facts, bodyOf(bytes));
      await setup.damage(ID);
      expect((await into.check(ID, 'bytes'))?.sha256).not.toBe(facts.sha256);
      await into.remove(ID);
      await into.put(ID, facts, bodyOf(bytes));
      expect(await into.check(ID, 'bytes')).toEqual(facts);
    });

    it('accepts the same object twice at once', async () => {
      const bytes = someBytes(300_000);
      const facts = await factsOf(bytes);
      await Promise.all([1, 2, 3].map(() => into.put(ID, facts, bodyOf(bytes))));
      expect(await into.check(ID, 'bytes')).toEqual(facts);
      expect(await setup.countAll()).toBe(1);
    });

    it('removes an object', async () => {
      const bytes = someBytes(10);
      await into.put(ID, await factsOf(bytes), bodyOf(bytes));
      await into.remove(ID);
      await into.remove(ID);
      expect(await into.check(ID, 'noted')).toBeNull();
      expect(await setup.countAll()).toBe(0);
    });

    it('stores nothing under an invalid id', async () => {
      const bytes = someBytes(10);
      for (const id of ['', '..', `../${ID}`, ID.toUpperCase(), `${ID}0`]) {
        await expect(into.put(id, await factsOf(bytes), bodyOf(bytes))).rejects.toThrow(TypeError);
        expect(await into.check(id, 'size')).toBeNull();
        await into.remove(id);
      }
      expect(await setup.countAll()).toBe(0);
    });
  });
}

async function factsOf(bytes: Uint8Array<ArrayBuffer>) {
  return { size: bytes.length, sha256: await sha256Hex(bytes) };
}

function bodyOf(bytes: Uint8Array<ArrayBuffer>): ObjectBody {
  return { length: bytes.length, stream: () => new Blob([bytes]).stream() };
}

function brokenBody(length: number): ObjectBody {
  return {
    length,
    stream: () =>
      new ReadableStream({
        start(controller) {
          controller.enqueue(someBytes(100));
        },
        pull() {
          throw new Error('the stream broke off');
        },
      }),
  };
}
