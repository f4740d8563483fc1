import { beforeEach, describe, expect, it } from 'vitest';
import { address, newImage, ORIGIN } from './image-fixtures.js';
import { useWebhooks, type WebhookRecordsSetup } from './webhook-fixtures.js';

/** The part of the `WebhookRecords` suite about quotas. Images have 10 bytes, and the project 1,000. */
export function declareQuotaEvents(setUp: () => Promise<WebhookRecordsSetup>): void {
  describe('an event about the quota', () => {
    const fixture = useWebhooks(setUp);
    const { create, deliverAll } = fixture;
    let setup: WebhookRecordsSetup;
    let id: string;
    beforeEach(async () => {
      ({ setup, project: id } = fixture.opened());
      await create({ types: ['project.quota'] });
      await setup.setQuota(id, 1000);
    });
    let count: number;
    beforeEach(() => {
      count = 0;
    });
    const upload = async (images: number, size = 10) => {
      for (let n = 0; n < images; n++) {
        await setup.images.insert(newImage('my-app', count++, { size }), ORIGIN);
      }
    };
    const remove = async (images: number) => {
      for (let n = 0; n < images; n++) {
        await setup.images.remove(address('my-app', --count), ORIGIN);
      }
    };
    const told = async () =>
      (await deliverAll()).map(({ type, data }) => [type, data['percent'], data['usedBytes']]);

    it('is written at 80 and at 100 percent, with what is used', async () => {
      await upload(1, 790);
      expect(await deliverAll()).toEqual([]);
      await upload(1);
      const [event] = await deliverAll();
      expect(event).toMatchObject({
        type: 'project.quota',
        data: { project: 'my-app', percent: 80, usedBytes: 800, quotaBytes: 1000 },
      });
      await upload(1, 199);
      expect(await deliverAll()).toEqual([]);
      await upload(1, 1);
      expect(await told()).toEqual([['project.quota', 100, 1000]]);
    });

    it('is one if an upload reaches both', async () => {
      await upload(1, 1000);
      expect(await told()).toEqual([['project.quota', 100, 1000]]);
    });

    it('is written again only once the usage was well below', async () => {
      await upload(1, 700);
      await upload(10);
      expect(await told()).toHaveLength(1);
      await remove(5); // 75 percent
      await upload(15);
      expect(await deliverAll()).toEqual([]);
      await remove(16); // 74 percent
      await upload(6);
      expect(await told()).toEqual([['project.quota', 80, 800]]);
      await upload(20);
      await remove(5); // 95 percent
      await upload(5);
      expect(await told()).toEqual([['project.quota', 100, 1000]]);
      await remove(6); // 94 percent
      await upload(6);
      expect(await told()).toEqual([['project.quota', 100, 1000]]);
    });

    it('tells that an upload was refused because little is left', async () => {
      await upload(1, 500);
      await upload(1, 600);
      expect(await deliverAll()).toEqual([]);
      await upload(1, 460);
      await upload(3, 100);
      expect(await told()).toEqual([
        ['project.quota', 80, 960],
        ['project.quota', 100, 960],
      ]);
    });

    it('is written when the quota changes', async () => {
      await upload(1, 500);
      await setup.setQuota(id, 600);
      expect(await told()).toEqual([['project.quota', 80, 500]]);
      await setup.setQuota(id, 400);
      expect(await told()).toEqual([['project.quota', 100, 500]]);
      await setup.setQuota(id, null);
      await setup.setQuota(id, 5000);
      expect(await deliverAll()).toEqual([]);
      await setup.setQuota(id, 500);
      expect(await told()).toEqual([['project.quota', 100, 500]]);
    });
  });
}
