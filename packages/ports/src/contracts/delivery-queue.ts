import { beforeEach, describe, expect, it } from 'vitest';
import type { ClaimedDelivery, ProjectEvent, Webhook } from '../index.js';
import { address, ORIGIN } from './image-fixtures.js';
import {
  DAY,
  HOUR,
  LEASE_MS,
  SLOW_ATTEMPT,
  short,
  URL_OF_CONSUMER,
  useWebhooks,
  type WebhookRecordsSetup,
} from './webhook-fixtures.js';

/** Declares the suite of `DeliveryQueue`. Every test gets its own `setUp`. */
export function describeDeliveryQueue(
  name: string,
  setUp: () => Promise<WebhookRecordsSetup>,
): void {
  describe(`${name} as DeliveryQueue`, () => {
    const fixture = useWebhooks(setUp);
    const { create, upload, claim, settle, deliverAll, log, actions } = fixture;
    let setup: WebhookRecordsSetup;
    let project: string;
    beforeEach(() => {
      ({ setup, project } = fixture.opened());
    });

    it('deliver the events of an image one after another, those of others meanwhile', async () => {
      await create();
      await upload(1);
      await setup.images.setVisibility(address('my-app', 1), 'private', ORIGIN);
      await upload(2);
      const { deliveries } = await claim();
      expect(deliveries.map(short)).toEqual([
        ['image.uploaded', '1'],
        ['image.uploaded', '2'],
      ]);
      expect((await claim()).deliveries).toEqual([]);
      const [first, second] = deliveries as [ClaimedDelivery, ClaimedDelivery];
      await settle(first, { kind: 'retry', afterMs: 5000 });
      await settle(second);
      const later = await claim();
      expect(later.deliveries).toEqual([]);
      expect(later.nextDueMs).toBeGreaterThan(2000);
      expect(later.nextDueMs).toBeLessThanOrEqual(5000);
      await setup.age(5000);
      const again = await claim();
      expect(again.deliveries).toMatchObject([{ id: first.id, attempts: 1 }]);
      expect(again.deliveries[0]?.ageMs).toBeGreaterThanOrEqual(5000);
      await settle(again.deliveries[0] as ClaimedDelivery);
      expect((await claim()).deliveries.map(short)).toEqual([['image.visibility', '1']]);
    });

    it('keep the order through a rename, which waits for what had its new name', async () => {
      await create();
      await upload(1, { key: 'old', objectId: 'a' });
      await upload(2, { key: 'new', objectId: 'b' });
      await setup.images.remove({ project: 'my-app', key: 'new' }, ORIGIN);
      await setup.images.rename({ project: 'my-app', key: 'old' }, 'new', ORIGIN);
      await upload(3, { key: 'old', objectId: 'c' });
      await setup.images.remove({ project: 'my-app', key: 'new' }, ORIGIN);
      const rounds: unknown[] = [];
      for (;;) {
        const { deliveries } = await claim();
        if (deliveries.length === 0) break;
        rounds.push(deliveries.map(({ event }) => `${event.type} ${event.data['key']}`));
        // The other way round: the second one of a rename's predecessors makes it due.
        for (const delivery of deliveries.toReversed()) await settle(delivery);
      }
      expect(rounds).toEqual([
        ['image.uploaded old', 'image.uploaded new'],
        ['image.deleted new'],
        ['image.renamed new'],
        ['image.uploaded old', 'image.deleted new'],
      ]);
    });

    it('are claimed by one process at a time, until the lease ends', async () => {
      const webhook = await create();
      for (const n of [1, 2, 3, 4, 5, 6]) await upload(n);
      const [one, two] = await Promise.all([claim(2), claim()]);
      const ids = [...one.deliveries, ...two.deliveries].map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      const rest = await claim();
      expect([...ids, ...rest.deliveries.map(({ id }) => id)]).toHaveLength(6);
      const [lost] = [...one.deliveries, ...two.deliveries] as [ClaimedDelivery];
      await setup.age(LEASE_MS - 5000);
      expect((await claim()).deliveries).toEqual([]);
      await setup.age(5000);
      const taken = await claim(100, 100, setup.other);
      expect(taken.deliveries).toHaveLength(6);
      expect(await settle(lost)).toBe(false);
      const [found] = taken.deliveries.filter(({ id }) => id === lost.id) as [ClaimedDelivery];
      expect(await settle(found, { kind: 'delivered' }, setup.other)).toBe(true);
      expect(await settle(found)).toBe(false);
      await setup.deliveries.release([lost]); // no longer its own
      const mine = taken.deliveries.filter(({ id }) => id !== lost.id);
      await setup.deliveries.release(mine);
      const after = await claim();
      expect(after.deliveries).toHaveLength(5);
      expect(after.deliveries.map(({ attempts }) => attempts)).toEqual([0, 0, 0, 0, 0]);
      expect((await log(webhook)).filter(({ state }) => state === 'delivered')).toHaveLength(1);
    });

    it('share requests: a few of each webhook, one of a webhook that fails repeatedly', async () => {
      const one = await create({ url: 'https://one.example/' });
      const two = await create({ url: 'https://two.example/' });
      for (let n = 1; n <= 8; n++) await upload(n);
      const of = (deliveries: readonly ClaimedDelivery[], { id }: Webhook) =>
        deliveries.filter(({ webhookId }) => webhookId === id);
      const { deliveries } = await claim(100, 3);
      expect([of(deliveries, one).length, of(deliveries, two).length]).toEqual([3, 3]);
      expect((await claim(100, 3, setup.other)).deliveries).toEqual([]);
      // A process with little room still gets to every webhook.
      for (const delivery of of(deliveries, two)) await settle(delivery);
      expect((await claim(2, 3)).deliveries.map(({ url }) => url)).toEqual([
        'https://two.example/',
        'https://two.example/',
      ]);
      for (const delivery of of(deliveries, one)) {
        await settle(delivery, { kind: 'retry', afterMs: HOUR });
      }
      const more = of((await claim(100, 3)).deliveries, one);
      expect(more).toHaveLength(3);
      for (const delivery of more) await settle(delivery, { kind: 'retry', afterMs: HOUR });
      const slow = of((await claim(100, 3)).deliveries, one);
      expect(slow).toHaveLength(1);
      await settle(slow[0] as ClaimedDelivery);
      expect(of((await claim(100, 3)).deliveries, one)).toHaveLength(1); // the last one
    });

    it('share requests: a few of each project, counted over all processes', async () => {
      for (const n of [1, 2, 3]) await create({ url: `https://consumer.example/${n}` });
      for (let n = 1; n <= 4; n++) await upload(n);
      const neighbour = await setup.makeProject('neighbour');
      await create({ url: 'https://neighbour.example/' }, neighbour);
      await upload(1, {}, setup, 'neighbour');
      const of = (deliveries: readonly ClaimedDelivery[], name: string) =>
        deliveries.filter(({ event }) => event.data['project'] === name);
      const { deliveries } = await claim(100, 2, setup, 3);
      expect([of(deliveries, 'my-app').length, of(deliveries, 'neighbour').length]).toEqual([3, 1]);
      expect((await claim(100, 2, setup.other, 3)).deliveries).toEqual([]);
      const [first] = of(deliveries, 'my-app') as [ClaimedDelivery];
      await setup.webhooks.change(project, first.webhookId, { enabled: false }, ORIGIN);
      expect((await claim(100, 2, setup.other, 3)).deliveries).toEqual([]);
      await settle(first);
      expect((await claim(100, 2, setup.other, 3)).deliveries).toHaveLength(1);
    });

    it('share requests: one of a webhook that answers slowly, until it is quick again', async () => {
      await create();
      for (let n = 1; n <= 10; n++) await upload(n);
      for (const delivery of (await claim(5)).deliveries) {
        await setup.deliveries.settle(delivery, SLOW_ATTEMPT, { kind: 'delivered' });
      }
      const one = await claim(100, 3);
      expect(one.deliveries).toHaveLength(1);
      for (const delivery of one.deliveries) await settle(delivery);
      expect((await claim(100, 3)).deliveries).toHaveLength(3);
    });

    it('end a webhook whose consumer is gone, and say so in the audit log', async () => {
      const webhook = await create();
      await upload(1);
      await upload(2);
      const { deliveries } = await claim(1);
      await settle(deliveries[0] as ClaimedDelivery, { kind: 'gone' });
      expect(await setup.other.webhooks.find(project, webhook.id)).toMatchObject({
        enabled: false,
        disabledReason: 'gone',
      });
      expect(await claim()).toEqual({ deliveries: [], nextDueMs: null, failures: [] });
      await upload(3);
      expect((await log(webhook)).map(({ state }) => state)).toEqual(['pending', 'failed']);
      const entry = (await actions()).at(-1);
      expect(entry).toMatchObject({
        action: 'webhook.disabled',
        actor: { kind: 'system' },
        target: 'consumer.example',
        details: { webhook: webhook.id, reason: 'gone' },
      });
      const again = await setup.webhooks.change(project, webhook.id, { enabled: true }, ORIGIN);
      expect(again).toMatchObject({ enabled: true, disabledReason: null });
      expect((await deliverAll()).map(({ type }) => type)).toEqual(['image.uploaded']);
    });

    it('fail what is a day old, and go on with the next event of the image', async () => {
      const webhook = await create();
      await upload(1);
      await setup.age(DAY - 60_000);
      await setup.images.setVisibility(address('my-app', 1), 'private', ORIGIN);
      await upload(2);
      const [held] = (await claim(1)).deliveries as [ClaimedDelivery];
      await settle(held, { kind: 'retry', afterMs: 4 * HOUR });
      await setup.deliveries.maintain();
      expect((await log(webhook)).map(({ state }) => state)).toEqual(Array(3).fill('pending'));
      await setup.age(60_001);
      await setup.deliveries.maintain();
      expect((await log(webhook)).map(({ state }) => state)).toEqual([
        'pending',
        'pending',
        'failed',
      ]);
      expect((await claim()).deliveries.map(short)).toEqual(
        expect.arrayContaining([
          ['image.visibility', '1'],
          ['image.uploaded', '2'],
        ]),
      );
    });

    it('remove what has finished long ago, and removed webhooks', async () => {
      const webhook = await create();
      await upload(1);
      await deliverAll();
      await setup.age(6 * DAY);
      await upload(2);
      while (await setup.deliveries.maintain());
      expect(await log(webhook)).toHaveLength(2);
      await setup.age(2 * DAY);
      await deliverAll();
      while (await setup.deliveries.maintain());
      expect((await log(webhook)).map(short)).toEqual([['image.uploaded', '2']]);
      expect(await setup.countRows()).toEqual({
        webhooks: 1,
        events: 1,
        deliveries: 1,
        attempts: 1,
      });
      await setup.webhooks.remove(project, webhook.id, ORIGIN);
      while (await setup.deliveries.maintain());
      expect(await setup.countRows()).toMatchObject({ webhooks: 0, deliveries: 0, attempts: 0 });
    });

    it('know how much waits, and how late it is', async () => {
      await create();
      expect(await setup.deliveries.backlog()).toEqual({ pending: 0, delayMs: 0 });
      for (const n of [1, 2, 3]) await upload(n);
      await setup.age(10_000);
      const late = await setup.other.deliveries.backlog();
      expect(late.pending).toBe(3);
      expect(late.delayMs).toBeGreaterThanOrEqual(10_000);
      await claim();
      expect(await setup.deliveries.backlog()).toEqual({ pending: 3, delayMs: 0 });
    });

    it('deliver every event once and in order per image while many change and many deliver', async () => {
      await create();
      await create({ url: 'https://two.example/' });
      const keys = ['a', 'b', 'c'];
      let changing = true;
      let changes = 0;
      const change = async (seed: number) => {
        for (let n = 0; n < 12; n++) {
          const key = keys[(n + seed) % keys.length] ?? '';
          const at = { project: 'my-app', key };
          const objectId = `object ${seed} ${n}`;
          switch ((n * 7 + seed) % 4) {
            case 0: {
              const moved = await setup.images.rename(at, keys[(n + seed + 1) % 3] ?? '', ORIGIN);
              if (moved !== null && typeof moved === 'object') changes++;
              break;
            }
            case 1:
              if ((await setup.images.remove(at, ORIGIN)) !== null) changes++;
              break;
            default:
              if (typeof (await upload(n, { key, objectId })) === 'object') changes++;
          }
        }
      };
      const got: { readonly url: string; readonly event: ProjectEvent }[] = [];
      const deliver = async () => {
        for (let idle = 0; changing || idle < 3; ) {
          const { deliveries } = await claim(4, 4);
          idle = deliveries.length === 0 ? idle + 1 : 0;
          for (const delivery of deliveries) {
            got.push(delivery);
            await settle(delivery);
          }
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      };
      const delivering = [deliver(), deliver(), deliver()];
      await Promise.all([change(0), change(1), change(2), change(3)]);
      changing = false;
      await Promise.all(delivering);
      for (const url of [URL_OF_CONSUMER, 'https://two.example/']) {
        const events = got.filter((one) => one.url === url).map(({ event }) => event);
        expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
        expect(events).toHaveLength(changes);
        for (const key of keys) {
          const own = events
            .filter(({ data }) => data['key'] === key || data['previousKey'] === key)
            .map(({ sequence }) => sequence);
          expect(own).toEqual(own.toSorted((a, b) => a - b));
        }
      }
      expect(await setup.deliveries.backlog()).toMatchObject({ pending: 0 });
    });
  });
}
