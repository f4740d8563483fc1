import { beforeEach, describe, expect, it } from 'vitest';
import { address, type ImageRecordsSetup, newImage } from './image-rows.js';

/** The part of the suite about the serve secrets that `find` gives with an image. */
export function declareImageSecrets(setup: () => ImageRecordsSetup): void {
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

    it('is the current and the one before it while the grace runs', async () => {
      await setup().replaceServeSecret('safe-app', 'psk_live_two', NOW + 1000);
      expect(await secrets(NOW)).toEqual(['psk_live_two', 'psk_live_one']);
      expect(await secrets(NOW + 999)).toEqual(['psk_live_two', 'psk_live_one']);
      expect(await secrets(NOW + 1000)).toEqual(['psk_live_two']);
      expect(await secrets(NOW + 1001)).toEqual(['psk_live_two']);
    });

    it('is never more than two', async () => {
      await setup().replaceServeSecret('safe-app', 'psk_live_two', NOW + 1000);
      await setup().replaceServeSecret('safe-app', 'psk_live_three', NOW + 1000);
      expect(await secrets(NOW)).toEqual(['psk_live_three', 'psk_live_two']);
    });

    it('ends at once without a grace, for every process', async () => {
      expect(await secrets(NOW, setup().other)).toEqual(['psk_live_one']);
      await setup().replaceServeSecret('safe-app', 'psk_live_two', null);
      expect(await secrets(0)).toEqual(['psk_live_two']);
      expect(await secrets(0, setup().other)).toEqual(['psk_live_two']);
    });

    it('stays as it was found', async () => {
      const found = await setup().images.find(address('safe-app', 1));
      await setup().replaceServeSecret('safe-app', 'psk_live_two', null);
      expect(found?.serveSecrets(NOW)).toEqual(['psk_live_one']);
    });
  });
}
