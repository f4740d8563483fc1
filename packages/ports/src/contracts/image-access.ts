import { beforeEach, describe, expect, it } from 'vitest';
import { address, type ImageRecordsSetup, newImage, ORIGIN, row } from './image-fixtures.js';

/** The part of the `ImageRecords` suite about access: serve secrets, revoked links and audit entries. */
export function declareImageAccess(setup: () => ImageRecordsSetup): void {
  declareImageSecrets(setup);
  declareImageLinks(setup);
  declareImageAudit(setup);
  declareMasterMetadata(setup);
}

function declareMasterMetadata(setup: () => ImageRecordsSetup): void {
  it('come with the setting of their project about metadata, as of the latest commit', async () => {
    await setup().makeProject('photo-app');
    await setup().images.insert(newImage('photo-app', 1));
    const found = () =>
      Promise.all(
        [setup().images, setup().other].map(
          async (images) => (await images.find(address('photo-app', 1)))?.masterMetadata,
        ),
      );
    expect(await found()).toEqual(['keep', 'keep']);
    for (const masterMetadata of ['remove', 'keep', 'remove'] as const) {
      await setup().changeProject('photo-app', { masterMetadata });
      expect(await found()).toEqual([masterMetadata, masterMetadata]);
    }
  });
}

function declareImageSecrets(setup: () => ImageRecordsSetup): void {
  describe('serveSecrets', () => {
    const NOW = 1_900_000_000_000;
    const secrets = async (now: number, images = setup().images) =>
      (await images.find(address('safe-app', 1)))?.serveSecrets(now);

    beforeEach(async () => {
      await setup().makeProject('safe-app', { serveSecret: 'psk_live_one' });
      await setup().images.insert(newImage('safe-app', 1));
    });

    it('is the one of the project', async () => {
      expect(await secrets(0)).toEqual(['psk_live_one']);
      expect(await secrets(NOW)).toEqual(['psk_live_one']);
    });

    it('is the current one and the previous one during the grace period', async () => {
      await setup().replaceServeSecret('safe-app', 'psk_live_two', NOW + 1000);
      expect(await secrets(NOW)).toEqual(['psk_live_two', 'psk_live_one']);
      expect(await secrets(NOW + 999)).toEqual(['psk_live_two', 'psk_live_one']);
      expect(await secrets(NOW + 1000)).toEqual(['psk_live_two']);
      expect(await secrets(NOW + 1001)).toEqual(['psk_live_two']);
    });

    it('comes with the newest images of several projects', async () => {
      await setup().makeProject('second-app', { serveSecret: 'psk_live_second' });
      for (const n of [2, 4, 3]) await setup().images.insert(newImage('safe-app', n));
      await setup().images.insert(newImage('second-app', 1));
      const names = ['second-app', 'unknown', 'safe-app'];
      const newest = await setup().other.newest(names, 3);
      expect(newest.map(({ image, serveSecrets }) => [image.key, ...serveSecrets(NOW)])).toEqual([
        [address('second-app', 1).key, 'psk_live_second'],
        ...[4, 3, 2].map((n) => [address('safe-app', n).key, 'psk_live_one']),
      ]);
      expect(newest[1]?.image).toEqual(row(newImage('safe-app', 4)));
      expect(await setup().images.newest([], 3)).toEqual([]);
      const most = Array.from({ length: 100 }, (_, n) => `app-${n}`);
      expect(await setup().images.newest(most, 3)).toEqual([]);
      await expect(setup().images.newest(names, 11)).rejects.toThrow(RangeError);
      await setup().beginDeletion('second-app');
      expect(await setup().images.newest(['second-app'], 3)).toEqual([]);
    });

    it('is never more than two', async () => {
      await setup().replaceServeSecret('safe-app', 'psk_live_two', NOW + 1000);
      await setup().replaceServeSecret('safe-app', 'psk_live_three', NOW + 1000);
      expect(await secrets(NOW)).toEqual(['psk_live_three', 'psk_live_two']);
    });

    it('ends at once without a grace period, in every process', async () => {
      expect(await secrets(NOW, setup().other)).toEqual(['psk_live_one']);
      await setup().replaceServeSecret('safe-app', 'psk_live_two', null);
      expect(await secrets(0)).toEqual(['psk_live_two']);
      expect(await secrets(0, setup().other)).toEqual(['psk_live_two']);
    });

    it('does not change after the read', async () => {
      const found = await setup().images.find(address('safe-app', 1));
      await setup().replaceServeSecret('safe-app', 'psk_live_two', null);
      expect(found?.serveSecrets(NOW)).toEqual(['psk_live_one']);
    });
  });
}

const SECOND = 1_900_000_000;

function declareImageLinks(setup: () => ImageRecordsSetup): void {
  describe('revokeLinks', () => {
    const first = newImage('my-app', 1, { visibility: 'private' });
    const second = newImage('my-app', 2);
    const find = async (image = first) => (await setup().images.find(image))?.image ?? null;

    beforeEach(async () => {
      await setup().images.insert(first);
      await setup().images.insert(second);
    });

    it('returns the changed record with the same version, in every process', async () => {
      const revoked = row(first, { linksRevokedAt: SECOND });
      expect((await setup().other.find(first))?.image).toEqual(row(first));
      expect(await setup().images.revokeLinks(first, SECOND, ORIGIN)).toEqual(revoked);
      expect(await find()).toEqual(revoked);
      expect((await setup().other.find(first))?.image).toEqual(revoked);
      expect(await find(second)).toEqual(row(second));
    });

    it('never decreases', async () => {
      await setup().images.revokeLinks(first, SECOND, ORIGIN);
      const revoked = row(first, { linksRevokedAt: SECOND });
      for (const before of [0, SECOND - 1, SECOND]) {
        expect(await setup().other.revokeLinks(first, before, ORIGIN)).toEqual(revoked);
        expect(await find()).toEqual(revoked);
      }
      const later = row(first, { linksRevokedAt: SECOND + 1 });
      expect(await setup().other.revokeLinks(first, SECOND + 1, ORIGIN)).toEqual(later);
      expect(await find()).toEqual(later);
    });

    it('is the latest of concurrent changes', async () => {
      const seconds = Array.from({ length: 12 }, (_, n) => SECOND + ((n * 5) % 12));
      await Promise.all(seconds.map((before) => setup().images.revokeLinks(first, before, ORIGIN)));
      expect((await find())?.linksRevokedAt).toBe(SECOND + 11);
    });

    it('is null for an unknown image, and changes no other', async () => {
      await setup().makeProject('other-app');
      for (const unknown of [address('my-app', 3), address('other-app', 1), address('gone', 1)]) {
        expect(await setup().images.revokeLinks(unknown, SECOND, ORIGIN)).toBeNull();
      }
      expect(await find()).toEqual(row(first));
    });

    it('is part of every returned record', async () => {
      await setup().images.revokeLinks(first, SECOND, ORIGIN);
      const revoked = { linksRevokedAt: SECOND };
      const { images } = await setup().images.list('my-app', { limit: 10 });
      expect(images).toEqual([row(second), row(first, revoked)]);
      const flipped = row(first, { ...revoked, visibility: 'public', version: 2 });
      expect(await setup().images.setVisibility(first, 'public', ORIGIN)).toEqual(flipped);
      expect(await setup().images.setVisibility(first, 'public', ORIGIN)).toEqual(flipped);
      expect(await setup().images.remove(first, ORIGIN)).toEqual(flipped);
    });

    it('counts the rotations since, in every process', async () => {
      const since = async (images = setup().images) =>
        (await images.find(first))?.rotationsSinceRevoked;
      await setup().replaceServeSecret('my-app', 'psk_live_two', 0);
      await setup().images.revokeLinks(first, SECOND, ORIGIN);
      expect([await since(), await since(setup().other)]).toEqual([0, 0]);
      await setup().replaceServeSecret('my-app', 'psk_live_three', SECOND * 1000);
      expect([await since(), await since(setup().other)]).toEqual([1, 1]);
      await setup().replaceServeSecret('my-app', 'psk_live_four', null);
      expect(await since()).toBe(2);
      // A time before the last one changes nothing else, but the links of today are revoked.
      await setup().other.revokeLinks(first, SECOND - 1, ORIGIN);
      expect([await since(), await since(setup().other)]).toEqual([0, 0]);
      expect((await find())?.linksRevokedAt).toBe(SECOND);
    });

    it('is removed with the image', async () => {
      await setup().images.revokeLinks(first, SECOND, ORIGIN);
      await setup().images.remove(first, ORIGIN);
      const again = { ...first, objectId: 'another' };
      await setup().images.insert(again);
      expect(await find()).toEqual(row(again));
    });
  });
}

function declareImageAudit(setup: () => ImageRecordsSetup): void {
  describe('audit entries', () => {
    const first = newImage('my-app', 1, { visibility: 'private', size: 77 });
    const entries = async () => {
      const { audit } = setup();
      const page = await audit.list({ project: 'my-app', limit: 200 });
      return page.entries.filter(({ action }) => action.startsWith('image.'));
    };

    beforeEach(async () => {
      await setup().makeProject('my-app');
      await setup().images.insert(first);
    });

    it('tell who has uploaded an image, once it is stored', async () => {
      const uploaded = newImage('my-app', 2, { visibility: 'private', size: 55 });
      await setup().images.insert({ ...uploaded, uploadedBy: ORIGIN });
      await setup().images.insert({ ...uploaded, uploadedBy: ORIGIN });
      expect(await entries()).toMatchObject([
        {
          action: 'image.uploaded',
          project: 'my-app',
          target: uploaded.key,
          details: { visibility: 'private', size: 55 },
          ...ORIGIN,
        },
      ]);
    });

    it('have actor, change and address', async () => {
      const before = Date.now();
      const { images } = setup();
      await images.setVisibility(first, 'public', ORIGIN);
      await images.revokeLinks(first, 1_900_000_000, ORIGIN);
      await images.remove(first, ORIGIN);
      const common = { project: 'my-app', target: first.key, ...ORIGIN };
      expect((await entries()).reverse()).toMatchObject([
        {
          ...common,
          action: 'image.visibility_changed',
          details: { from: 'private', to: 'public' },
        },
        {
          ...common,
          action: 'image.links_revoked',
          details: { linksRevokedAt: '2030-03-17T17:46:40.000Z' },
        },
        { ...common, action: 'image.deleted', details: { visibility: 'public', size: 77 } },
      ]);
      for (const { at } of await entries()) expect(at).toBeGreaterThanOrEqual(before);
    });

    it('are not added without a change', async () => {
      const { images, other } = setup();
      const refuse = () => Promise.reject(new Error('no longer wanted'));
      await images.setVisibility(first, 'private', ORIGIN);
      await expect(images.setVisibility(first, 'public', ORIGIN, refuse)).rejects.toThrow();
      await images.setVisibility(address('my-app', 2), 'public', ORIGIN);
      await other.remove(address('my-app', 2), ORIGIN);
      await other.revokeLinks(address('my-app', 2), 1_900_000_000, ORIGIN);
      expect(await entries()).toEqual([]);
    });

    it('are written with the change, or the change is not made', async () => {
      const { images, other } = setup();
      const before = await images.find(first);
      // The database refuses the entry.
      const origin = { ...ORIGIN, address: null as unknown as string };
      await expect(images.setVisibility(first, 'public', origin)).rejects.toThrow();
      await expect(images.revokeLinks(first, 1_900_000_000, origin)).rejects.toThrow();
      await expect(images.remove(first, origin)).rejects.toThrow();
      expect((await other.find(first))?.image).toEqual(before?.image);
      expect(await entries()).toEqual([]);
    });

    it('are added once per flip, in concurrent flips', async () => {
      const { images } = setup();
      const flips = Array.from({ length: 10 }, () => images.setVisibility(first, 'public', ORIGIN));
      await Promise.all(flips);
      expect(await entries()).toHaveLength(1);
    });
  });
}
