import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { declareImageAudit } from './image-audit.js';
import { declareImageCrowd } from './image-crowd.js';
import { declareImageDeletion } from './image-deletion.js';
import { declareImageFilters } from './image-filters.js';
import { declareImageFocus } from './image-focus.js';
import { declareImageLinks } from './image-links.js';
import { declareImagePages } from './image-pages.js';
import { address, BY, type ImageRecordsSetup, newImage, row, STRANGE_TEXTS } from './image-rows.js';
import { declareImageSecrets } from './image-secrets.js';

/** The suite of `ImageRecords`: declares its tests against what `setUp` makes for each. */
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
      it('gives the row as it was inserted, version 1', async () => {
        await setup.images.insert(first);
        expect(await find(1)).toEqual(row(first));
      });

      it('keeps large numbers and any text exact', async () => {
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

      it('is null where there is no image, whatever the texts are', async () => {
        await setup.images.insert(first);
        expect(await find(2)).toBeNull();
        expect(await find(1, 'other-app')).toBeNull();
        for (const text of STRANGE_TEXTS) {
          expect(await setup.images.find({ project: text, key: first.key }), text).toBeNull();
          expect(await setup.images.find({ project: 'my-app', key: text }), text).toBeNull();
        }
      });

      it('keeps equal keys of two projects apart', async () => {
        await setup.makeProject('other-app');
        const theirs = newImage('other-app', 1, { visibility: 'private', size: 7 });
        await setup.images.insert(first);
        await setup.images.insert(theirs);
        expect(await find(1)).toEqual(row(first));
        expect(await find(1, 'other-app')).toEqual(row(theirs));
      });

      it('sees every commit of another connection, and the other way round', async () => {
        expect(await findOther(1)).toBeNull();
        await setup.images.insert(first);
        expect(await findOther(1)).toEqual(row(first));
        for (let version = 2; version < 40; version++) {
          const visibility = version % 2 === 0 ? 'private' : 'public';
          const writer = version % 3 === 0 ? setup.images : setup.other;
          await writer.setVisibility(first, visibility, BY);
          expect(await find(1)).toEqual(row(first, { visibility, version }));
          expect(await findOther(1)).toEqual(row(first, { visibility, version }));
        }
        await setup.other.remove(first, BY);
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

      it('fills a quota to the last byte and not beyond', async () => {
        await setup.makeProject('small-app', { quotaBytes: 100 });
        const insert = (n: number, size: number) =>
          setup.images.insert(newImage('small-app', n, { size }));
        expect(await insert(1, 101)).toBe('quota_exceeded');
        expect(await insert(2, 60)).toBe('inserted');
        expect(await insert(3, 41)).toBe('quota_exceeded');
        expect(await insert(4, 40)).toBe('inserted');
        expect(await insert(5, 1)).toBe('quota_exceeded');
        expect(await setup.usedBytes('small-app')).toBe(100);
        expect(await find(1, 'small-app')).toBeNull();
        expect(await find(3, 'small-app')).toBeNull();
        expect(await find(5, 'small-app')).toBeNull();
      });

      it('never passes the quota, however many come at once', async () => {
        await setup.makeProject('small-app', { quotaBytes: 550 });
        const outcomes = await Promise.all(
          Array.from({ length: 20 }, (_, n) => setup.images.insert(newImage('small-app', n))),
        );
        expect(outcomes.filter((outcome) => outcome === 'inserted')).toHaveLength(5);
        expect(outcomes.filter((outcome) => outcome === 'quota_exceeded')).toHaveLength(15);
        expect(await setup.usedBytes('small-app')).toBe(500);
        expect((await setup.images.list('small-app', { limit: 100 })).images).toHaveLength(5);
      });

      it('writes nothing for a project that is not there', async () => {
        expect(await setup.images.insert(newImage('gone', 1))).toBe('project_missing');
        await setup.makeProject('gone');
        expect(await find(1, 'gone')).toBeNull();
        expect(await setup.usedBytes('gone')).toBe(0);
      });

      it('fails for an address that is taken, and leaves row and usage as they were', async () => {
        await setup.images.insert(first);
        const again = newImage('my-app', 1, { size: 7, objectId: 'another' });
        await expect(setup.images.insert(again)).rejects.toThrow();
        await expect(setup.other.insert(again)).rejects.toThrow();
        expect(await find(1)).toEqual(row(first));
        expect(await setup.usedBytes('my-app')).toBe(first.size);
      });
    });

    describe('setVisibility', () => {
      it('gives the row as it now is, one version on', async () => {
        await setup.images.insert(first);
        const flipped = row(first, { visibility: 'private', version: 2 });
        expect(await setup.images.setVisibility(first, 'private', BY)).toEqual(flipped);
        expect(await find(1)).toEqual(flipped);
      });

      it('changes nothing where it is so already', async () => {
        await setup.images.insert(first);
        expect(await setup.images.setVisibility(first, 'public', BY)).toEqual(row(first));
        const flipped = await setup.images.setVisibility(first, 'private', BY);
        expect(await setup.images.setVisibility(first, 'private', BY)).toEqual(flipped);
        expect(await setup.other.setVisibility(first, 'private', BY)).toEqual(flipped);
      });

      it('changes nothing when the check at the last moment throws', async () => {
        await setup.images.insert(first);
        const refuse = () => Promise.reject(new Error('no longer wanted'));
        for (const visibility of ['private', 'public'] as const) {
          const change = setup.images.setVisibility(first, visibility, BY, refuse);
          await expect(change).rejects.toThrow('no longer wanted');
        }
        expect(await find(1)).toEqual(row(first));
        const flipped = row(first, { visibility: 'private', version: 2 });
        expect(await setup.other.setVisibility(first, 'private', BY, async () => {})).toEqual(
          flipped,
        );
      });

      it('is null where there is no image, and touches no other', async () => {
        await setup.makeProject('other-app');
        await setup.images.insert(first);
        expect(await setup.images.setVisibility(address('my-app', 2), 'private', BY)).toBeNull();
        expect(await setup.images.setVisibility(address('other-app', 1), 'private', BY)).toBeNull();
        expect(await find(1)).toEqual(row(first));
      });

      it('counts a version for each change, however many come at once', async () => {
        await setup.images.insert(first);
        await Promise.all(
          Array.from({ length: 20 }, (_, n) =>
            setup.images.setVisibility(first, n % 3 === 0 ? 'private' : 'public', BY),
          ),
        );
        const { visibility, version = 0 } = (await find(1)) ?? {};
        // Public at 1, and every further version is a change.
        expect(visibility).toBe(version % 2 === 1 ? 'public' : 'private');
        expect(await findOther(1)).toEqual(await find(1));
      });
    });

    describe('remove', () => {
      it('gives what was there and takes it off the usage', async () => {
        const second = newImage('my-app', 2, { size: 5 });
        await setup.images.insert(first);
        await setup.images.insert(second);
        await setup.images.setVisibility(first, 'private', BY);
        const removed = row(first, { visibility: 'private', version: 2 });
        expect(await setup.images.remove(first, BY)).toEqual(removed);
        expect(await find(1)).toBeNull();
        expect(await find(2)).toEqual(row(second));
        expect(await setup.usedBytes('my-app')).toBe(5);
      });

      it('is null where there is no image, and takes nothing off', async () => {
        await setup.images.insert(first);
        await setup.images.remove(first, BY);
        expect(await setup.images.remove(first, BY)).toBeNull();
        expect(await setup.images.remove(address('other-app', 1), BY)).toBeNull();
        expect(await setup.usedBytes('my-app')).toBe(0);
      });

      it('gives the row to one of many at once, and counts it once', async () => {
        await setup.images.insert(first);
        await setup.images.insert(newImage('my-app', 2));
        const removed = await Promise.all(
          Array.from({ length: 10 }, () => setup.images.remove(first, BY)),
        );
        expect(removed.filter((image) => image !== null)).toEqual([row(first)]);
        expect(await setup.usedBytes('my-app')).toBe(100);
      });

      it('makes room under a quota, and its address free', async () => {
        await setup.makeProject('small-app', { quotaBytes: 100 });
        const image = newImage('small-app', 1);
        expect(await setup.images.insert(image)).toBe('inserted');
        expect(await setup.images.insert(newImage('small-app', 2))).toBe('quota_exceeded');
        await setup.images.remove(image, BY);
        const next = { ...image, objectId: 'next' };
        expect(await setup.images.insert(next)).toBe('inserted');
        expect(await find(1, 'small-app')).toEqual(row(next));
      });
    });

    it('adds the usage up while images come and go at once', async () => {
      for (let n = 0; n < 10; n++) await setup.images.insert(newImage('my-app', n));
      await Promise.all(
        Array.from({ length: 10 }, async (_, n) => {
          await setup.images.remove(address('my-app', n), BY);
          await setup.images.insert(newImage('my-app', 100 + n, { size: n }));
        }),
      );
      expect(await setup.usedBytes('my-app')).toBe(45);
      expect(await setup.imageCount('my-app')).toBe(10);
    });

    declareImageCrowd(() => setup);
    declareImageAudit(() => setup);
    declareImageSecrets(() => setup);
    declareImageLinks(() => setup);
    declareImageDeletion(() => setup);
    declareImageFocus(() => setup);
    declareImagePages(() => setup);
    declareImageFilters(() => setup);

    it('answers a ping', async () => {
      await setup.images.ping();
      await setup.other.ping();
    });
  });
}
