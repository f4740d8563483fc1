import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectStore } from '../index.js';
import { expectBytes, expectEqual, joinBytes, readStream, sha256Hex, someBytes } from './bytes.js';

/** A fresh, empty store. */
export interface ObjectStoreSetup {
  readonly store: ObjectStore;
  /** The same objects as another process sees them. */
  readonly other: ObjectStore;
  /** Number of files or keys in the store: objects, drafts and anything else. */
  countAll(): Promise<number>;
  close(): Promise<void>;
}

const BIG = 8 * 1024 * 1024;
const CHUNK = 64 * 1024;

/** The suite of {@link ObjectStore}: declares its tests against what `setUp` makes for each. */
export function describeObjectStore(name: string, setUp: () => Promise<ObjectStoreSetup>): void {
  describe(`${name} as ObjectStore`, () => {
    let setup: ObjectStoreSetup;
    beforeEach(async () => {
      setup = await setUp();
    });
    afterEach(() => setup.close());

    const keep = async (...chunks: Uint8Array[]) => {
      const draft = await setup.store.create();
      for (const chunk of chunks) await draft.write(chunk);
      return draft.commit();
    };
    const whole = (object: { size: number }) => ({ start: 0, length: object.size });

    describe('a draft', () => {
      it('becomes an object with the bytes in order, their size and their SHA-256', async () => {
        const chunks = [someBytes(10_000), someBytes(1, 7), someBytes(100_000, 3)];
        const bytes = joinBytes(chunks);
        const object = await keep(...chunks);
        expect(object).toMatchObject({ size: bytes.length, sha256: await sha256Hex(bytes) });
        await expectBytes(await setup.store.read(object.id, whole(object)), bytes);
      });

      it('may be empty', async () => {
        const object = await keep();
        expect(object).toMatchObject({ size: 0, sha256: await sha256Hex(someBytes(0)) });
        await expectBytes(await setup.store.read(object.id, whole(object)), someBytes(0));
      });

      it('is seen by other processes once it is committed', async () => {
        const object = await keep(someBytes(5000));
        await expectBytes(await setup.other.read(object.id, whole(object)), someBytes(5000));
      });

      it('returns the bytes written so far, and can still be committed', async () => {
        const draft = await setup.store.create();
        await draft.write(someBytes(300_000));
        await draft.write(someBytes(10, 9));
        const bytes = joinBytes([someBytes(300_000), someBytes(10, 9)]);
        await expectBytes(await draft.readBack(), bytes);
        const object = await draft.commit();
        expect(object.sha256).toBe(await sha256Hex(bytes));
        await expectBytes(await setup.store.read(object.id, whole(object)), bytes);
      });

      it('leaves nothing behind when it is discarded, at any moment', async () => {
        const before = await setup.store.create();
        await before.discard();

        const written = await setup.store.create();
        await written.write(someBytes(1000));
        await written.discard();

        const inspected = await setup.store.create();
        await inspected.write(someBytes(1000));
        await inspected.readBack();
        await inspected.discard();

        const writing = await setup.store.create();
        const pending = writing.write(someBytes(BIG)).catch(() => {});
        await writing.discard();
        await pending;

        expect(await setup.countAll()).toBe(0);
      });

      it('may be discarded twice', async () => {
        const draft = await setup.store.create();
        await draft.write(someBytes(10));
        await draft.discard();
        await draft.discard();
        expect(await setup.countAll()).toBe(0);
      });

      it('remains an object when it is discarded after its commit', async () => {
        const draft = await setup.store.create();
        await draft.write(someBytes(10));
        const object = await draft.commit();
        await draft.discard();
        await draft.discard();
        await expectBytes(await setup.store.read(object.id, whole(object)), someBytes(10));
      });

      it('does not mix with concurrent drafts', async () => {
        const drafts = await Promise.all(Array.from({ length: 10 }, () => setup.store.create()));
        for (let round = 0; round < 5; round++) {
          await Promise.all(drafts.map((draft, i) => draft.write(someBytes(9000, i * 10 + round))));
        }
        const objects = await Promise.all(drafts.map((draft) => draft.commit()));
        for (const [i, object] of objects.entries()) {
          const chunks = Array.from({ length: 5 }, (_, round) => someBytes(9000, i * 10 + round));
          await expectBytes(await setup.store.read(object.id, whole(object)), joinBytes(chunks));
        }
      });

      it('gets a new id, different from those of removed and discarded drafts', async () => {
        const ids: string[] = [];
        for (let i = 0; i < 30; i++) {
          const { id } = await keep(someBytes(3));
          ids.push(id);
          if (i % 2 === 0) await setup.store.remove(id);
        }
        expect(new Set(ids).size).toBe(30);
      });
    });

    describe('read', () => {
      it.each([
        ['whole', 0, 1000],
        ['start', 0, 10],
        ['middle', 400, 300],
        ['end', 990, 10],
        ['first byte', 0, 1],
        ['last byte', 999, 1],
        ['nothing at the start', 0, 0],
        ['nothing at the end', 1000, 0],
      ])('returns a part: %s', async (_, start, length) => {
        const { id } = await keep(someBytes(1000));
        const expected = someBytes(1000).subarray(start, start + length);
        await expectBytes(await setup.store.read(id, { start, length }), expected);
      });

      it('returns 8 MB, written in chunks, whole and in parts', async () => {
        const bytes = someBytes(BIG);
        const draft = await setup.store.create();
        for (let at = 0; at < BIG; at += CHUNK) await draft.write(bytes.subarray(at, at + CHUNK));
        const object = await draft.commit();
        expect(object).toMatchObject({ size: BIG, sha256: await sha256Hex(bytes) });
        for (const [start, end] of [
          [0, BIG],
          [1, 3_000_001],
          [BIG - 2_000_000, BIG],
          [BIG - 5, BIG],
        ] as const) {
          const part = await setup.store.read(object.id, { start, length: end - start });
          await expectBytes(part, bytes.subarray(start, end));
        }
      });

      it.each([
        ['small', 1000],
        ['large', 1_000_000],
      ])('fails for a range past the end: %s', async (_, size) => {
        const { id } = await keep(someBytes(size));
        const reading = async () => {
          const body = await setup.store.read(id, { start: 1, length: size });
          return body && readStream(body.stream());
        };
        await expect(reading()).rejects.toThrow();
      });

      it('serves concurrent readers of one object', async () => {
        const object = await keep(someBytes(600_000));
        await Promise.all(
          Array.from({ length: 20 }, async (_, i) => {
            const range = { start: i * 1000, length: 500_000 };
            const expected = someBytes(600_000).subarray(range.start, range.start + range.length);
            await expectBytes(await setup.store.read(object.id, range), expected);
          }),
        );
      });

      it('finds nothing under an unknown id or a path', async () => {
        const { id } = await keep(someBytes(10));
        for (const text of strangeIds(id)) {
          expect(await setup.store.read(text, { start: 0, length: 1 }), text).toBeNull();
        }
      });
    });

    describe('remove', () => {
      it('removes an object for every process', async () => {
        const { id } = await keep(someBytes(10));
        const range = { start: 0, length: 10 };
        await expectBytes(await setup.store.read(id, range), someBytes(10));
        await expectBytes(await setup.other.read(id, range), someBytes(10));
        await setup.store.remove(id);
        expect(await setup.store.read(id, range)).toBeNull();
        await setup.store.remove(id);
        await setup.other.remove(id);
        expect(await setup.store.read(id, range)).toBeNull();
        expect(await setup.countAll()).toBe(0);
      });

      it('removes nothing under an unknown id', async () => {
        const object = await keep(someBytes(10));
        for (const text of strangeIds(object.id)) await setup.store.remove(text);
        await expectBytes(await setup.store.read(object.id, whole(object)), someBytes(10));
        expect(await setup.countAll()).toBe(1);
      });

      it('lets a read in progress complete', async () => {
        const object = await keep(someBytes(BIG));
        const body = await setup.store.read(object.id, whole(object));
        const reader = body?.stream().getReader();
        const first = await reader?.read();
        await setup.store.remove(object.id);
        const chunks = [first?.value ?? someBytes(0)];
        for (;;) {
          const next = await reader?.read();
          if (next?.value === undefined) break;
          chunks.push(next.value);
        }
        expectEqual(joinBytes(chunks), someBytes(BIG));
      });
    });

    it('answers a ping and leaves nothing behind', async () => {
      await setup.store.ping();
      expect(await setup.countAll()).toBe(0);
    });
  });
}

function strangeIds(id: string): string[] {
  const last = id.at(-1) === '0' ? '1' : '0';
  return [
    `${id.slice(0, -1)}${last}`,
    id.slice(1),
    `${id}0`,
    `${id} `,
    `${id}\0`,
    `${id}/`,
    `./${id}`,
    `../${id}`,
    `x/../${id}`,
    `${id}/../${id}`,
    '',
    '.',
    '..',
    '../x',
    '../../../../../../etc/passwd',
    '/etc/passwd',
    'C:\\boot.ini',
    '%2e%2e/x',
    '*',
    'x'.repeat(5000),
  ];
}
