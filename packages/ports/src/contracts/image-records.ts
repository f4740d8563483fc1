import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOSTILE_TEXTS } from './fixtures.js';
import { declareImageAccess } from './image-access.js';
import { declareImageConcurrency } from './image-concurrency.js';
import {
  address,
  type ImageRecordsSetup,
  inserted,
  newImage,
  ORIGIN,
  row,
} from './image-fixtures.js';
import { declareImageFocalPoint } from './image-focal-point.js';
import { declareImageList } from './image-list.js';
import { declareImageNames } from './image-names.js';
import { declareImageVersions } from './image-versions.js';

/** Declares the suite of `ImageRecords`. Every test gets its own `setUp`. */
export function describeImageRecords(name: string, setUp: () => Promise<ImageRecordsSetup>): void {
  describe(`${name} as ImageRecords`, () => {
    let setup: ImageRecordsSetup;
    beforeEach(async () => {
      setup = await setUp();
      await setup.makeProject('my-app');
    });
    afterEach(() => setup.close());

    const first = newImage('my-app', 1);
    const find = async (n: number, project = 'my-app') =>
      (await setup.images.find(address(project, n)))?.image ?? null;
    const findOther = async (n: number, project = 'my-app') =>
      (await setup.other.find(address(project, n)))?.image ?? null;

    describe('find', () => {
      it('returns the record as it was inserted, with version 1', async () => {
        await setup.images.insert(first);
        expect(await find(1)).toEqual(row(first));
      });

      it('returns large numbers and any text unchanged', async () => {
        const image = newImage('my-app', 2, {
          size: 2 ** 40 + 1,
          width: 1_000_000_000,
          frames: 1000,
          hasAlpha: true,
          createdAt: 8_000_000_000_001,
          visibility: 'private',
          type: 'image/avif',
          blurhash: `~'"\\;%s{}`,
        });
        await setup.images.insert(image);
        expect(await find(2)).toEqual(row(image));
        expect(await setup.usedBytes('my-app')).toBe(image.size);
      });

      it('is null for an unknown image, whatever the texts are', async () => {
        await setup.images.insert(first);
        expect(await find(2)).toBeNull();
        expect(await find(1, 'other-app')).toBeNull();
        for (const text of HOSTILE_TEXTS) {
          expect(await setup.images.find({ project: text, key: first.key }), text).toBeNull();
          expect(await setup.images.find({ project: 'my-app', key: text }), text).toBeNull();
        }
      });

      it('distinguishes equal keys of two projects', async () => {
        await setup.makeProject('other-app');
        const theirs = newImage('other-app', 1, { visibility: 'private', size: 7 });
        await setup.images.insert(first);
        await setup.images.insert(theirs);
        expect(await find(1)).toEqual(row(first));
        expect(await find(1, 'other-app')).toEqual(row(theirs));
      });

      it('sees every commit of another connection, in both directions', async () => {
        expect(await findOther(1)).toBeNull();
        await setup.images.insert(first);
        expect(await findOther(1)).toEqual(row(first));
        for (let version = 2; version < 40; version++) {
          const visibility = version % 2 === 0 ? 'private' : 'public';
          const writer = version % 3 === 0 ? setup.images : setup.other;
          await writer.setVisibility(first, visibility, ORIGIN);
          expect(await find(1)).toEqual(row(first, { visibility, version }));
          expect(await findOther(1)).toEqual(row(first, { visibility, version }));
        }
        await setup.other.remove(first, ORIGIN);
        expect(await find(1)).toBeNull();
        expect(await findOther(1)).toBeNull();
      });
    });

    describe('insert', () => {
      it('adds the size to the usage of its project', async () => {
        await setup.makeProject('other-app');
        await setup.images.insert(newImage('my-app', 1, { size: 10 }));
        await setup.images.insert(newImage('my-app', 2, { size: 5 }));
        await setup.images.insert(newImage('other-app', 1, { size: 3 }));
        expect(await setup.usedBytes('my-app')).toBe(15);
        expect(await setup.usedBytes('other-app')).toBe(3);
        expect(await setup.imageCount('my-app')).toBe(2);
        expect(await setup.imageCount('other-app')).toBe(1);
      });

      it('fills a quota exactly', async () => {
        await setup.makeProject('small-app', { quotaBytes: 100 });
        const insert = (n: number, size: number) =>
          setup.images.insert(newImage('small-app', n, { size }));
        expect(await insert(1, 101)).toBe('quota_exceeded');
        expect(await insert(2, 60)).toMatchObject({ replaced: null });
        expect(await insert(3, 41)).toBe('quota_exceeded');
        expect(await insert(4, 40)).toMatchObject({ replaced: null });
        expect(await insert(5, 1)).toBe('quota_exceeded');
        expect(await setup.usedBytes('small-app')).toBe(100);
        expect(await find(1, 'small-app')).toBeNull();
        expect(await find(3, 'small-app')).toBeNull();
        expect(await find(5, 'small-app')).toBeNull();
      });

      it('never exceeds the quota in concurrent inserts', async () => {
        await setup.makeProject('small-app', { quotaBytes: 550 });
        const outcomes = await Promise.all(
          Array.from({ length: 20 }, (_, n) => setup.images.insert(newImage('small-app', n))),
        );
        expect(outcomes.filter((outcome) => typeof outcome === 'object')).toHaveLength(5);
        expect(outcomes.filter((outcome) => outcome === 'quota_exceeded')).toHaveLength(15);
        expect(await setup.usedBytes('small-app')).toBe(500);
        expect((await setup.images.list('small-app', { limit: 100 })).images).toHaveLength(5);
      });

      it('writes nothing for another project of the name, whose key has not allowed the upload', async () => {
        await setup.images.insert(first);
        const late = newImage('my-app', 1, { projectId: 'deleted meanwhile', size: 7 });
        expect(await setup.images.insert(late, ORIGIN)).toBe('project_missing');
        expect((await find(1))?.size).toBe(first.size);
      });

      it('writes nothing for an unknown project', async () => {
        expect(await setup.images.insert(newImage('gone', 1))).toBe('project_missing');
        await setup.makeProject('gone');
        expect(await find(1, 'gone')).toBeNull();
        expect(await setup.usedBytes('gone')).toBe(0);
      });

      it('refuses a taken key, and changes neither record nor usage', async () => {
        await setup.images.insert(first);
        const again = newImage('my-app', 1, { size: 7, objectId: 'another' });
        expect(await setup.images.insert(again)).toBe('name_taken');
        expect(await setup.other.insert(again)).toBe('name_taken');
        expect(await find(1)).toEqual(row(first));
        expect(await setup.usedBytes('my-app')).toBe(first.size);
      });
    });

    describe('setVisibility', () => {
      it('returns the changed record, with the next version', async () => {
        await setup.images.insert(first);
        const flipped = row(first, { visibility: 'private', version: 2 });
        expect(await setup.images.setVisibility(first, 'private', ORIGIN)).toEqual(flipped);
        expect(await find(1)).toEqual(flipped);
      });

      it('changes nothing when the visibility is the same', async () => {
        await setup.images.insert(first);
        expect(await setup.images.setVisibility(first, 'public', ORIGIN)).toEqual(row(first));
        const flipped = await setup.images.setVisibility(first, 'private', ORIGIN);
        expect(await setup.images.setVisibility(first, 'private', ORIGIN)).toEqual(flipped);
        expect(await setup.other.setVisibility(first, 'private', ORIGIN)).toEqual(flipped);
      });

      it('changes nothing when the check rejects', async () => {
        await setup.images.insert(first);
        const refuse = () => Promise.reject(new Error('no longer wanted'));
        for (const visibility of ['private', 'public'] as const) {
          const change = setup.images.setVisibility(first, visibility, ORIGIN, refuse);
          await expect(change).rejects.toThrow('no longer wanted');
        }
        expect(await find(1)).toEqual(row(first));
        const flipped = row(first, { visibility: 'private', version: 2 });
        expect(await setup.other.setVisibility(first, 'private', ORIGIN, async () => {})).toEqual(
          flipped,
        );
      });

      it('is null for an unknown image, and changes no other', async () => {
        await setup.makeProject('other-app');
        await setup.images.insert(first);
        expect(
          await setup.images.setVisibility(address('my-app', 2), 'private', ORIGIN),
        ).toBeNull();
        expect(
          await setup.images.setVisibility(address('other-app', 1), 'private', ORIGIN),
        ).toBeNull();
        expect(await find(1)).toEqual(row(first));
      });

      it('increments the version once per change, in concurrent changes', async () => {
        await setup.images.insert(first);
        await Promise.all(
          Array.from({ length: 20 }, (_, n) =>
            setup.images.setVisibility(first, n % 3 === 0 ? 'private' : 'public', ORIGIN),
          ),
        );
        const { visibility, version = 0 } = (await find(1)) ?? {};
        // Version 1 is public, and every further version is a change.
        expect(visibility).toBe(version % 2 === 1 ? 'public' : 'private');
        expect(await findOther(1)).toEqual(await find(1));
      });
    });

    describe('remove', () => {
      it('returns the removed record and subtracts it from the usage', async () => {
        const second = newImage('my-app', 2, { size: 5 });
        await setup.images.insert(first);
        await setup.images.insert(second);
        await setup.images.setVisibility(first, 'private', ORIGIN);
        const removed = row(first, { visibility: 'private', version: 2 });
        expect(await setup.images.remove(first, ORIGIN)).toEqual(removed);
        expect(await find(1)).toBeNull();
        expect(await find(2)).toEqual(row(second));
        expect(await setup.usedBytes('my-app')).toBe(5);
      });

      it('is null for an unknown image, and subtracts nothing', async () => {
        await setup.images.insert(first);
        await setup.images.remove(first, ORIGIN);
        expect(await setup.images.remove(first, ORIGIN)).toBeNull();
        expect(await setup.images.remove(address('other-app', 1), ORIGIN)).toBeNull();
        expect(await setup.usedBytes('my-app')).toBe(0);
      });

      it('removes once, of several concurrent requests', async () => {
        await setup.images.insert(first);
        await setup.images.insert(newImage('my-app', 2));
        const removed = await Promise.all(
          Array.from({ length: 10 }, () => setup.images.remove(first, ORIGIN)),
        );
        expect(removed.filter((image) => image !== null)).toEqual([row(first)]);
        expect(await setup.usedBytes('my-app')).toBe(100);
      });

      it('frees quota and address', async () => {
        await setup.makeProject('small-app', { quotaBytes: 100 });
        const image = newImage('small-app', 1);
        expect(await setup.images.insert(image)).toEqual(inserted(image));
        expect(await setup.images.insert(newImage('small-app', 2))).toBe('quota_exceeded');
        await setup.images.remove(image, ORIGIN);
        const next = { ...image, objectId: 'next' };
        expect(await setup.images.insert(next)).toEqual(inserted(next));
        expect(await find(1, 'small-app')).toEqual(row(next));
      });
    });

    it('keeps the usage exact during concurrent inserts and removals', async () => {
      for (let n = 0; n < 10; n++) await setup.images.insert(newImage('my-app', n));
      await Promise.all(
        Array.from({ length: 10 }, async (_, n) => {
          await setup.images.remove(address('my-app', n), ORIGIN);
          await setup.images.insert(newImage('my-app', 100 + n, { size: n }));
        }),
      );
      expect(await setup.usedBytes('my-app')).toBe(45);
      expect(await setup.imageCount('my-app')).toBe(10);
    });

    declareImageConcurrency(() => setup);
    declareImageAccess(() => setup);
    declareImageDeletion(() => setup);
    declareImageFocus(() => setup);
    declareImageFocalPoint(() => setup);
    declareImageList(() => setup);
    declareImageVersions(() => setup);
    declareImageNames(() => setup);

    it('answers a ping', async () => {
      await setup.images.ping();
      await setup.other.ping();
    });
  });
}

function declareImageDeletion(setup: () => ImageRecordsSetup): void {
  describe('images of a project that is being deleted', () => {
    const first = newImage('old-app', 1);
    const other = newImage('my-app', 1);

    beforeEach(async () => {
      await setup().makeProject('old-app');
      await setup().images.insert(first);
      await setup().images.insert(other);
      await setup().other.find(first);
      await setup().images.find(first);
      await setup().beginDeletion('old-app');
    });

    it('are not found, in any process', async () => {
      expect(await setup().images.find(first)).toBeNull();
      expect(await setup().other.find(first)).toBeNull();
    });

    it('are not listed, with any filter', async () => {
      const nothing = { images: [], cursor: null };
      const { sha256, visibility } = row(first);
      for (const filter of [{}, { sha256 }, { visibility }, { search: 'photo' }]) {
        expect(await setup().images.list('old-app', { limit: 10, ...filter })).toEqual(nothing);
      }
    });

    it('cannot be changed', async () => {
      expect(await setup().images.setVisibility(first, 'private', ORIGIN)).toBeNull();
      expect(await setup().images.revokeLinks(first, 1, ORIGIN)).toBeNull();
      expect(await setup().images.remove(first, ORIGIN)).toBeNull();
      await setup().images.setFocus(first, 'auto', { x: 0.5, y: 0.5 });
      expect(await setup().images.find(first)).toBeNull();
    });

    it('cannot be added', async () => {
      expect(await setup().images.insert(newImage('old-app', 2))).toBe('project_missing');
      expect(await setup().other.insert(newImage('old-app', 3))).toBe('project_missing');
    });

    it('do not affect other projects', async () => {
      expect((await setup().images.find(other))?.image).toEqual(row(other));
      expect(await setup().images.insert(newImage('my-app', 2))).toEqual(
        inserted(newImage('my-app', 2)),
      );
      expect((await setup().images.list('my-app', { limit: 10 })).images).toHaveLength(2);
    });
  });
}

function declareImageFocus(setup: () => ImageRecordsSetup): void {
  describe('setFocus', () => {
    const first = newImage('my-app', 1);
    const second = newImage('my-app', 2);
    const find = async (image = first) => (await setup().images.find(image))?.image ?? null;

    beforeEach(async () => {
      await setup().images.insert(first);
      await setup().images.insert(second);
    });

    it('stores the focus of each kind, in every process', async () => {
      const auto = { x: 0.1, y: 2 / 3 };
      await setup().images.setFocus(first, 'auto', auto);
      expect(await find()).toEqual(row(first, { focus: { auto } }));
      const face = { x: 0, y: 1 };
      await setup().other.setFocus(first, 'face', face);
      expect(await find()).toEqual(row(first, { focus: { auto, face } }));
      expect((await setup().other.find(first))?.image).toEqual(await find());
    });

    it('distinguishes nothing found from not searched', async () => {
      await setup().images.setFocus(first, 'face', null);
      expect((await find())?.focus).toStrictEqual({ face: null });
      await setup().images.setFocus(first, 'auto', null);
      expect((await find())?.focus).toStrictEqual({ auto: null, face: null });
    });

    it('stores the latest', async () => {
      for (const focus of [null, { x: 0.5, y: 0.5 }, { x: 0.25, y: 0.75 }]) {
        await setup().images.setFocus(first, 'auto', focus);
        expect((await find())?.focus).toStrictEqual({ auto: focus });
      }
    });

    it('does not change the version, and changes no other image', async () => {
      await setup().images.setVisibility(first, 'private', ORIGIN);
      await setup().images.setFocus(first, 'auto', { x: 0.5, y: 0.5 });
      const { version, visibility } = (await find()) ?? {};
      expect({ version, visibility }).toEqual({ version: 2, visibility: 'private' });
      expect(await find(second)).toEqual(row(second));
      expect(await setup().usedBytes('my-app')).toBe(first.size + second.size);
    });

    it('is part of every returned record', async () => {
      const focus = { auto: { x: 0.5, y: 0.125 }, face: null };
      await setup().images.setFocus(first, 'auto', focus.auto);
      await setup().images.setFocus(first, 'face', focus.face);
      const { images } = await setup().images.list('my-app', { limit: 10 });
      expect(images).toEqual([row(second), row(first, { focus })]);
      const flipped = row(first, { focus, visibility: 'private', version: 2 });
      expect(await setup().images.setVisibility(first, 'private', ORIGIN)).toEqual(flipped);
      expect(await setup().images.remove(first, ORIGIN)).toEqual(flipped);
    });

    it('is ignored for an unknown image', async () => {
      await setup().makeProject('other-app');
      const { objectId } = first;
      for (const unknown of [address('my-app', 3), address('other-app', 1), address('gone', 1)]) {
        await setup().images.setFocus({ ...unknown, objectId }, 'auto', { x: 0.5, y: 0.5 });
        expect(await setup().images.find(unknown)).toBeNull();
      }
      expect(await find()).toEqual(row(first));
    });
  });
}
