import { beforeEach, describe, expect, it } from 'vitest';
import { address, BY, type ImageRecordsSetup, newImage } from './image-rows.js';

/** The part of the suite about the audit entries that changes commit. */
export function declareImageAudit(setup: () => ImageRecordsSetup): void {
  describe('audit entries', () => {
    const first = newImage('my-app', 1, { visibility: 'private', size: 77 });
    const entries = async () => {
      const { audit, accountId } = setup();
      const page = await audit.list({ accountId, project: 'my-app', limit: 200 });
      return page.entries.filter(({ action }) => action.startsWith('image.'));
    };

    beforeEach(async () => {
      await setup().makeProject('my-app');
      await setup().images.insert(first);
    });

    it('say who changed what from where', async () => {
      const before = Date.now();
      const { images } = setup();
      await images.setVisibility(first, 'public', BY);
      await images.revokeLinks(first, 1_900_000_000, BY);
      await images.remove(first, BY);
      const common = { project: 'my-app', target: first.key, ...BY };
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

    it('are missing where nothing changed', async () => {
      const { images, other } = setup();
      const refuse = () => Promise.reject(new Error('no longer wanted'));
      await images.setVisibility(first, 'private', BY);
      await expect(images.setVisibility(first, 'public', BY, refuse)).rejects.toThrow();
      await images.setVisibility(address('my-app', 2), 'public', BY);
      await other.remove(address('my-app', 2), BY);
      await other.revokeLinks(address('my-app', 2), 1_900_000_000, BY);
      expect(await entries()).toEqual([]);
    });

    it('are one for each flip, whoever flips at the same time', async () => {
      const { images } = setup();
      const flips = Array.from({ length: 10 }, () => images.setVisibility(first, 'public', BY));
      await Promise.all(flips);
      expect(await entries()).toHaveLength(1);
    });
  });
}
