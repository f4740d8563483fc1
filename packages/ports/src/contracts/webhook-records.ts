import { beforeEach, describe, expect, it } from 'vitest';
import { type ClaimedDelivery, InvalidCursorError } from '../index.js';
import { HOSTILE_TEXTS, nextMillisecond } from './fixtures.js';
import { address, newImage, ORIGIN } from './image-fixtures.js';
import { declareQuotaEvents } from './quota-events.js';
import {
  ATTEMPT,
  FAILED_ATTEMPT,
  HOUR,
  type Process,
  short,
  URL_OF_CONSUMER,
  useWebhooks,
  type WebhookRecordsSetup,
} from './webhook-fixtures.js';

/** Declares the suite of `WebhookRecords`. Every test gets its own `setUp`. */
export function describeWebhookRecords(
  name: string,
  setUp: () => Promise<WebhookRecordsSetup>,
): void {
  describe(`${name} as WebhookRecords`, () => {
    declareQuotaEvents(setUp);
    const fixture = useWebhooks(setUp);
    const { create, upload, claim, settle, deliverAll, log, actions } = fixture;
    let setup: WebhookRecordsSetup;
    let project: string;
    beforeEach(() => {
      ({ setup, project } = fixture.opened());
    });

    it('have an event of every change, with what the image is and was', async () => {
      const webhook = await create();
      const { key } = address('my-app', 1);
      const at = { project: 'my-app', key };
      const before = Date.now();
      await upload(1, { metadata: { user: '42' }, visibility: 'private' });
      await upload(1, {
        size: 50,
        sha256: 'f'.repeat(64),
        objectId: 'second',
        visibility: 'private',
        metadata: { user: '42' },
      });
      await setup.images.setVisibility(at, 'public', ORIGIN);
      await setup.images.setVisibility(at, 'public', ORIGIN); // changes nothing
      await setup.images.setMetadata(at, { user: '43' }, ORIGIN); // has no event
      await setup.images.rename(at, 'users/42/avatar', ORIGIN);
      const renamed = { project: 'my-app', key: 'users/42/avatar' };
      await setup.images.revokeLinks(renamed, 1_900_000_000, ORIGIN);
      await setup.images.remove(renamed, ORIGIN);
      expect(await setup.images.remove(renamed, ORIGIN)).toBeNull();

      const events = await deliverAll();
      const image = {
        project: 'my-app',
        key,
        visibility: 'private',
        type: 'image/jpeg',
        size: 100,
        width: 641,
        height: 480,
        sha256: '1'.padStart(64, '0'),
        version: 1,
        fileName: 'photo-1.jpg',
        metadata: { user: '42' },
      };
      const replaced = { ...image, size: 50, sha256: 'f'.repeat(64), version: 2 };
      const shown = { ...replaced, visibility: 'public', version: 3 };
      const avatar = { ...shown, key: 'users/42/avatar', version: 4, metadata: { user: '43' } };
      expect(events.map(({ type, data }) => [type, data])).toEqual([
        ['image.uploaded', image],
        ['image.replaced', { ...replaced, previousVisibility: 'private' }],
        ['image.visibility', { ...shown, previousVisibility: 'private' }],
        ['image.renamed', { ...avatar, previousKey: key }],
        ['image.links_revoked', { ...avatar, linksRevokedAt: '2030-03-17T17:46:40.000Z' }],
        ['image.deleted', avatar],
      ]);
      for (const [index, { at, sequence }] of events.entries()) {
        expect(at).toBeGreaterThanOrEqual(before);
        expect(sequence).toBeGreaterThan(events[index - 1]?.sequence ?? 0);
      }
      expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
      expect((await log(webhook)).map(({ state }) => state)).toEqual(Array(6).fill('delivered'));
    });

    it('write nothing where nobody gets it: another project, another type, a disabled webhook', async () => {
      const elsewhere = await setup.makeProject('other-app');
      const webhook = await create({ types: ['image.deleted'] });
      await upload(1);
      await setup.images.insert(newImage('other-app', 1, { uploadedBy: ORIGIN }));
      expect(await setup.countRows()).toMatchObject({ events: 0, deliveries: 0 });
      await setup.webhooks.change(project, webhook.id, { enabled: false }, ORIGIN);
      await setup.images.remove(address('my-app', 1), ORIGIN);
      expect(await setup.countRows()).toMatchObject({ events: 0, deliveries: 0 });
      await setup.webhooks.change(project, webhook.id, { enabled: true }, ORIGIN);
      await upload(2);
      await setup.images.remove(address('my-app', 2), ORIGIN);
      expect((await log(webhook)).map(short)).toEqual([['image.deleted', '2']]);
      expect(await setup.webhooks.list(elsewhere)).toEqual([]);
    });

    it('lose an event with its change, and keep none of a change that was not made', async () => {
      await create();
      await upload(1);
      const failing = setup.images.setVisibility(address('my-app', 1), 'private', ORIGIN, () =>
        Promise.reject(new Error('client gone')),
      );
      await expect(failing).rejects.toThrow('client gone');
      await setup.images.insert(newImage('my-app', 1)); // name taken
      expect((await deliverAll()).map(({ type }) => type)).toEqual(['image.uploaded']);
    });

    it('tell only the process that wrote, after the commit', async () => {
      await create();
      const heard: string[] = [];
      const listen = (process: Process, name: string) =>
        process.deliveries.onEvents(() => heard.push(name));
      const end = listen(setup, 'this');
      listen(setup.other, 'other');
      await upload(1);
      expect(heard).toEqual(['this']);
      expect((await claim()).deliveries).toHaveLength(1);
      await upload(2, {}, setup.other);
      expect(heard).toEqual(['this', 'other']);
      await setup.images.setMetadata(address('my-app', 1), { a: 'b' }, ORIGIN);
      end();
      await upload(3);
      expect(heard).toEqual(['this', 'other']);
    });

    it('have two secrets while a rotation overlaps', async () => {
      const webhook = await create();
      const secrets = async () => {
        await upload(Math.floor(Math.random() * 1e9));
        const { deliveries } = await claim();
        for (const delivery of deliveries) await settle(delivery);
        return deliveries.at(-1)?.secrets;
      };
      const rotate = (secret: string, overlapMs: number) =>
        setup.webhooks.replaceSecret(project, webhook.id, secret, overlapMs, ORIGIN);
      expect(await secrets()).toEqual(['whsec_first']);
      const rotated = await rotate('whsec_second', HOUR);
      expect(rotated?.previousSecretUntil).toBeGreaterThan(Date.now() + HOUR - 60_000);
      expect(await secrets()).toEqual(['whsec_second', 'whsec_first']);
      await setup.age(HOUR);
      expect(await secrets()).toEqual(['whsec_second']);
      expect((await setup.webhooks.find(project, webhook.id))?.previousSecretUntil).toBeNull();
      await rotate('whsec_third', HOUR);
      await rotate('whsec_fourth', HOUR);
      expect(await setup.other.webhooks.secrets(project, webhook.id, ORIGIN)).toMatchObject({
        current: 'whsec_fourth',
        previous: { secret: 'whsec_third' },
      });
      await rotate('whsec_fifth', 0);
      expect(await secrets()).toEqual(['whsec_fifth']);
      expect((await actions()).map(({ action, details }) => [action, details])).toEqual([
        ['webhook.created', { webhook: webhook.id, types: '' }],
        ['webhook_secret.rotated', { webhook: webhook.id, overlapSeconds: 3600 }],
        ['webhook_secret.rotated', { webhook: webhook.id, overlapSeconds: 3600 }],
        ['webhook_secret.rotated', { webhook: webhook.id, overlapSeconds: 3600 }],
        ['webhook_secret.read', { webhook: webhook.id }],
        ['webhook_secret.rotated', { webhook: webhook.id, overlapSeconds: 0 }],
      ]);
      expect(JSON.stringify(await actions())).not.toMatch(/whsec|of-the-consumer/);
    });

    it('are created up to a limit, changed, listed and removed', async () => {
      const first = await create({ types: ['image.uploaded', 'image.deleted'] });
      await nextMillisecond(); // the list is in the order of creation
      const make = () =>
        setup.other.webhooks.create(
          project,
          { url: 'https://b.example/', types: [], secret: 'whsec_b' },
          2,
          ORIGIN,
        );
      const made = await Promise.all([make(), make(), make()]);
      expect(made.filter((one) => one === 'limit_reached')).toHaveLength(2);
      const listed = await setup.webhooks.list(project);
      expect(listed).toHaveLength(2);
      expect(listed[0]).toEqual(first);
      expect(first).toMatchObject({ url: URL_OF_CONSUMER, enabled: true, disabledReason: null });
      const changes = { url: 'https://c.example/', types: ['image.renamed'] as const };
      const changed = await setup.other.webhooks.change(project, first.id, changes, ORIGIN);
      expect(changed).toEqual({ ...first, ...changes });
      expect(await setup.webhooks.find(project, first.id)).toEqual(changed);
      expect(await setup.webhooks.remove(project, first.id, ORIGIN)).toBe(true);
      expect(await setup.webhooks.remove(project, first.id, ORIGIN)).toBe(false);
      expect(await setup.webhooks.find(project, first.id)).toBeNull();
      expect(await make()).toMatchObject({ url: 'https://b.example/' });
      expect(
        await setup.webhooks.create(
          'no project',
          { url: 'https://b.example/', types: [], secret: '' },
          9,
          ORIGIN,
        ),
      ).toBe('project_missing');
    });

    it('find nothing under other ids, nor in another project', async () => {
      const webhook = await create();
      await upload(1);
      const [delivery] = await log(webhook);
      const elsewhere = await setup.makeProject('other-app');
      const { webhooks } = setup;
      const places = HOSTILE_TEXTS.map((text) => [project, text, text]);
      for (const [owner = '', id = '', deliveryId = ''] of [
        ...places,
        [elsewhere, webhook.id, delivery?.id],
      ]) {
        expect(await webhooks.find(owner, id)).toBeNull();
        expect(await webhooks.change(owner, id, { enabled: false }, ORIGIN)).toBeNull();
        expect(await webhooks.secrets(owner, id, ORIGIN)).toBeNull();
        expect(await webhooks.replaceSecret(owner, id, 's', 0, ORIGIN)).toBeNull();
        expect(await webhooks.test(owner, id, {}, ORIGIN)).toBeNull();
        expect(await webhooks.listDeliveries(owner, id, { limit: 1 })).toBeNull();
        expect(await webhooks.findDelivery(owner, id, deliveryId)).toBeNull();
        expect(await webhooks.redeliver(owner, id, deliveryId, ORIGIN)).toBeNull();
        expect(await webhooks.keepListener(owner, id, 1000)).toBeNull();
        expect(await webhooks.listen(owner, id, 10)).toEqual([]);
        expect(await webhooks.remove(owner, id, ORIGIN)).toBe(false);
      }
      expect(await webhooks.findDelivery(project, webhook.id, 'another')).toBeNull();
      expect(await webhooks.find(project, webhook.id)).toEqual(webhook);
    });

    it('have a log of deliveries in pages, with the attempts of each', async () => {
      const webhook = await create();
      for (let n = 1; n <= 5; n++) await upload(n);
      const { deliveries } = await claim(3);
      const [failed, delivered, retried] = deliveries as [
        ClaimedDelivery,
        ClaimedDelivery,
        ClaimedDelivery,
      ];
      await settle(failed, { kind: 'failed' });
      await settle(delivered);
      await settle(retried, { kind: 'retry', afterMs: HOUR });
      const list = (query = {}) =>
        setup.other.webhooks.listDeliveries(project, webhook.id, { limit: 2, ...query });
      const seen = [];
      let cursor: string | undefined;
      do {
        const page = await list(cursor === undefined ? {} : { cursor });
        seen.push(...(page?.deliveries ?? []));
        cursor = page?.cursor ?? undefined;
      } while (cursor !== undefined);
      expect(seen.map(short).map(([, n]) => n)).toEqual(['5', '4', '3', '2', '1']);
      const only = async (state: 'pending' | 'delivered' | 'failed') =>
        (await list({ state, limit: 200 }))?.deliveries.map(({ id }) => id);
      expect(await only('failed')).toEqual([failed.id]);
      expect(await only('delivered')).toEqual([delivered.id]);
      expect(await only('pending')).toHaveLength(3);
      for (const bad of ['x', '-1', '1 ', '9'.repeat(30)]) {
        await expect(list({ cursor: bad })).rejects.toThrow(InvalidCursorError);
      }
      await setup.age(HOUR);
      const again = (await claim()).deliveries.find(({ id }) => id === retried.id);
      await settle(again as ClaimedDelivery);
      const details = await setup.webhooks.findDelivery(project, webhook.id, retried.id);
      expect(details).toMatchObject({
        state: 'delivered',
        attempts: 2,
        nextAttemptAt: null,
        log: [FAILED_ATTEMPT, ATTEMPT],
        event: { id: retried.event.id, data: retried.event.data },
      });
      expect(details?.finishedAt).toBeGreaterThan(0);
    });

    it('deliver again what has finished, behind what waits of its image; the rest at once', async () => {
      const webhook = await create();
      const at = address('my-app', 1);
      await upload(1);
      const [first] = (await claim()).deliveries as [ClaimedDelivery];
      await settle(first, { kind: 'failed' });
      await setup.images.setVisibility(at, 'private', ORIGIN);
      const redeliver = (id: string) =>
        setup.other.webhooks.redeliver(project, webhook.id, id, ORIGIN);
      const again = await redeliver(first.id);
      expect(again).toMatchObject({ state: 'pending', attempts: 0, nextAttemptAt: null });
      const { deliveries } = await claim();
      expect(deliveries.map(({ event }) => event.type)).toEqual(['image.visibility']);
      const [waiting] = deliveries as [ClaimedDelivery];
      await settle(waiting, { kind: 'retry', afterMs: HOUR });
      expect((await claim()).deliveries).toEqual([]);
      expect(await redeliver(waiting.id)).toMatchObject({ id: waiting.id, state: 'pending' });
      const events = await deliverAll();
      expect(events.map(({ type }) => type)).toEqual(['image.visibility', 'image.uploaded']);
      expect(events[1]).toEqual(first.event);
      await setup.webhooks.change(project, webhook.id, { enabled: false }, ORIGIN);
      expect(await redeliver(first.id)).toBe('webhook_disabled');
      expect(await setup.webhooks.test(project, webhook.id, {}, ORIGIN)).toBe('webhook_disabled');
    });

    it('have test events, of whatever types the webhook gets', async () => {
      const webhook = await create({ types: ['image.deleted'] });
      await create({ url: 'https://another.example/' });
      const made = await setup.webhooks.test(project, webhook.id, { hello: 'you' }, ORIGIN);
      expect(made).toMatchObject({ state: 'pending', event: { type: 'webhook.test' } });
      const { deliveries } = await claim();
      expect(deliveries).toMatchObject([
        { webhookId: webhook.id, event: { data: { hello: 'you' } } },
      ]);
    });

    it('have listeners, which get events until nobody asks for them', async () => {
      const { webhooks } = setup;
      const make = (limit = 2) =>
        webhooks.createListener(project, { secret: 'whsec_l', lifeMs: 90_000 }, limit, ORIGIN);
      const listener = await make();
      if (typeof listener === 'string') throw new Error(listener);
      expect(listener.expiresAt).toBeGreaterThan(Date.now() + 60_000);
      expect(await make(1)).toBe('limit_reached');
      await upload(1);
      await setup.images.setVisibility(address('my-app', 1), 'private', ORIGIN);
      await upload(2);
      expect((await claim()).deliveries).toEqual([]);
      const listen = () => setup.other.webhooks.listen(project, listener.id, 2);
      const first = await listen();
      expect(first.map(({ event }) => event.type)).toEqual(['image.uploaded', 'image.visibility']);
      expect(await listen()).toEqual(first);
      const acknowledged = [first[0]?.delivery ?? '', 'unknown'];
      await webhooks.acknowledge(project, listener.id, acknowledged);
      expect((await listen()).map(short)).toEqual([
        ['image.visibility', '1'],
        ['image.uploaded', '2'],
      ]);
      expect(await webhooks.list(project)).toEqual([]);
      expect(await webhooks.find(project, listener.id)).toBeNull();
      await setup.age(80_000);
      expect(await setup.other.webhooks.keepListener(project, listener.id, 90_000)).toBe('whsec_l');
      await setup.age(80_000);
      expect(await webhooks.keepListener(project, listener.id, 90_000)).toBe('whsec_l');
      await setup.deliveries.maintain();
      expect(await listen()).toHaveLength(2);
      await setup.age(90_001);
      expect(await listen()).toEqual([]);
      expect(await webhooks.keepListener(project, listener.id, 90_000)).toBeNull();
      await upload(3);
      expect(await setup.countRows()).toMatchObject({ deliveries: 2 });
      while (await setup.deliveries.maintain());
      expect(await setup.countRows()).toMatchObject({ webhooks: 0, deliveries: 0 });
      expect(await make(1)).toMatchObject({ id: expect.any(String) });
    });

    it('end with their project, which sends no event of its images', async () => {
      const webhook = await create();
      await upload(1);
      await upload(2);
      const finish = await setup.deleteProject(project);
      expect((await claim()).deliveries).toEqual([]);
      expect(await setup.webhooks.find(project, webhook.id)).toBeNull();
      await finish();
      expect(await setup.countRows()).toEqual({
        webhooks: 0,
        events: 0,
        deliveries: 0,
        attempts: 0,
      });
    });
  });
}
