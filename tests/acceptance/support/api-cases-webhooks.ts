import { expect, vi } from 'vitest';
import { newProject } from './api-cases-projects.js';
import type { Case, Player } from './api-player.js';
import { startConsumer } from './consumer.js';
import { expectError } from './serve-request.js';

interface Made {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
}

interface Delivery {
  readonly id: string;
  readonly state: string;
  readonly eventId: string;
}

/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:65535/hook';

/** Creates a webhook of the owner's project. */
const newWebhook = ({ ok }: Player, body: object = {}) =>
  ok<Made>('createWebhook', { body: { url: NOWHERE, ...body } }, 201);

const remove = ({ ok }: Player, { id }: Pick<Made, 'id'>) =>
  ok('deleteWebhook', { params: { id } }, 204);

/** Waits for a delivery that has finished. */
const finished = ({ ok }: Player, id: string, delivery: string) =>
  vi.waitFor(async () => {
    const params = { id, delivery };
    const found = await ok<Delivery & { log: unknown[] }>('getDelivery', { params });
    return found.state === 'pending' ? Promise.reject(new Error('pending')) : found;
  }, 20_000);

/** Webhooks, their deliveries, and listeners. */
export const WEBHOOK_CASES: Readonly<Record<string, Case>> = {
  async listWebhooks(player) {
    const webhook = await newWebhook(player, { types: ['image.deleted', 'image.deleted'] });
    const { secret, ...listed } = webhook;
    expect(listed).toMatchObject({ url: NOWHERE, types: ['image.deleted'], enabled: true });
    expect(await player.ok('listWebhooks')).toEqual({ webhooks: [listed] });
    await remove(player, webhook);
  },

  async createWebhook(player) {
    const { ok, refused } = player;
    for (const [url, message] of [
      ['http://8.8.8.8/hook', /https/], // is not asked for anything
      ['ftp://app.example/', /https/],
      ['/hook', /absolute/],
      ['https://user:pass@app.example/', /password/],
      ['https://app.example:25/', /port/],
      ['https://10.0.0.1/', /private/],
      ['https://[::ffff:169.254.169.254]/', /private/],
    ] as const) {
      const reply = await player.send('createWebhook', { body: { url } });
      expect([url, reply.status]).toEqual([url, 422]);
      expect(String(reply.body)).toMatch(message);
    }
    await refused('createWebhook', 422, 'webhook_url_refused', { body: { url: 'no url' } });
    const project = await newProject(player);
    const body = { url: NOWHERE };
    const call = { params: { project }, body };
    const made = [];
    for (let n = 0; n < 10; n++) made.push(await ok<Made>('createWebhook', call, 201));
    expect(made[0]?.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(new Set(made.map(({ secret }) => secret)).size).toBe(10);
    await refused('createWebhook', 409, 'webhook_limit', call);
  },

  async getWebhook(player) {
    const { id } = await newWebhook(player);
    expect(await player.ok('getWebhook', { params: { id } })).toMatchObject({ id, url: NOWHERE });
    await remove(player, { id });
    await player.refused('getWebhook', 404, 'webhook_not_found', { params: { id } });
  },

  async changeWebhook(player) {
    const { id } = await newWebhook(player);
    const params = { id };
    const body = { types: ['image.renamed'], url: 'http://127.0.0.1:65534/', enabled: false };
    expect(await player.ok('changeWebhook', { params, body })).toMatchObject({ id, ...body });
    const refusedUrl = { params, body: { url: 'http://10.0.0.1/' } };
    await player.refused('changeWebhook', 422, 'webhook_url_refused', refusedUrl);
    await remove(player, { id });
    const gone = { params, body: { enabled: true } };
    await player.refused('changeWebhook', 404, 'webhook_not_found', gone);
  },

  async deleteWebhook(player) {
    const { id } = await newWebhook(player);
    await remove(player, { id });
    await player.refused('deleteWebhook', 404, 'webhook_not_found', { params: { id } });
  },

  async getWebhookSecret(player) {
    const { id, secret } = await newWebhook(player);
    const params = { id };
    expect(await player.ok('getWebhookSecret', { params })).toEqual({ secret, previous: null });
    await remove(player, { id });
    await player.refused('getWebhookSecret', 404, 'webhook_not_found', { params });
  },

  async rotateWebhookSecret(player) {
    const { id, secret } = await newWebhook(player);
    const params = { id };
    const rotated = await player.ok<Made & { previousSecretUntil: string }>('rotateWebhookSecret', {
      params,
    });
    expect(rotated.secret).not.toBe(secret);
    expect(await player.ok('getWebhookSecret', { params })).toEqual({
      secret: rotated.secret,
      previous: { secret, endsAt: rotated.previousSecretUntil },
    });
    const body = { overlapSeconds: 0 };
    const ended = await player.ok('rotateWebhookSecret', { params, body });
    expect(ended).toMatchObject({ previousSecretUntil: null });
    await remove(player, { id });
    await player.refused('rotateWebhookSecret', 404, 'webhook_not_found', { params });
  },

  async testWebhook(player) {
    const { ok, refused, world } = player;
    const consumer = await startConsumer();
    const { id, secret } = await newWebhook(player, { url: consumer.url });
    const params = { id };
    const made = await ok<Delivery>('testWebhook', { params }, 201);
    expect(made).toMatchObject({ type: 'webhook.test', state: 'pending', key: null });
    expect(await finished(player, id, made.id)).toMatchObject({
      state: 'delivered',
      log: [{ status: 204, problem: null, answer: '' }],
    });
    const [request] = consumer.received;
    if (request === undefined) throw new Error('nothing was received');
    expect(consumer.verify(request, secret)).toMatchObject({
      type: 'webhook.test',
      data: { id: made.eventId, project: world.project },
    });
    await ok('changeWebhook', { params, body: { enabled: false } });
    await refused('testWebhook', 409, 'webhook_disabled', { params });
    await remove(player, { id });
    await refused('testWebhook', 404, 'webhook_not_found', { params });
    await consumer.close();
  },

  async listDeliveries(player) {
    const { ok, refused } = player;
    const { id } = await newWebhook(player);
    const params = { id };
    const made = [];
    for (let n = 0; n < 3; n++) made.push(await ok<Delivery>('testWebhook', { params }, 201));
    interface Page {
      readonly deliveries: readonly Delivery[];
      readonly cursor: string | null;
    }
    const first = await ok<Page>('listDeliveries', { params, query: '?limit=2&state=pending' });
    const rest = await ok<Page>('listDeliveries', { params, query: `?cursor=${first.cursor}` });
    const ids = [...first.deliveries, ...rest.deliveries].map(({ id }) => id);
    expect(ids).toEqual(made.map(({ id }) => id).reverse());
    expect(await ok('listDeliveries', { params, query: '?state=failed' })).toEqual({
      deliveries: [],
      cursor: null,
    });
    await refused('listDeliveries', 400, 'page_malformed', { params, query: '?cursor=x' });
    await remove(player, { id });
    await refused('listDeliveries', 404, 'webhook_not_found', { params });
  },

  async getDelivery(player) {
    const { id } = await newWebhook(player);
    const delivery = 'none-such';
    await player.refused('getDelivery', 404, 'delivery_not_found', { params: { id, delivery } });
    await remove(player, { id });
  },

  async redeliver(player) {
    const { ok, refused } = player;
    const consumer = await startConsumer((n) => (n === 0 ? 410 : 200));
    const { id } = await newWebhook(player, { url: consumer.url });
    const params = { id };
    const { id: delivery } = await ok<Delivery>('testWebhook', { params }, 201);
    const failed = await finished(player, id, delivery);
    expect(failed).toMatchObject({ state: 'failed', log: [{ status: 410, answer: 'not now' }] });
    const gone = { enabled: false, disabledReason: 'gone' };
    expect(await ok('getWebhook', { params })).toMatchObject(gone);
    const again = { params: { id, delivery } };
    await refused('redeliver', 409, 'webhook_disabled', again);
    await ok('changeWebhook', { params, body: { enabled: true } });
    const made = await ok<Delivery>('redeliver', again, 201);
    expect(made.eventId).toBe(failed.eventId);
    expect(await finished(player, id, made.id)).toMatchObject({ state: 'delivered' });
    const unknown = { params: { id, delivery: 'none-such' } };
    await refused('redeliver', 404, 'delivery_not_found', unknown);
    await remove(player, { id });
    await consumer.close();
  },

  async createListener(player) {
    const project = await newProject(player);
    const params = { project };
    for (let n = 0; n < 10; n++) await player.ok('createListener', { params }, 201);
    await player.refused('createListener', 409, 'listener_limit', { params });
  },

  async listen(player) {
    const { ok, refused, world } = player;
    const { id } = await ok<Made>('createListener', {}, 201);
    const listen = (query = '') =>
      ok<{ events: { id: string }[] }>('listen', { params: { id }, query });
    expect(await listen()).toEqual({ events: [] });
    const waiting = listen('?wait=25');
    const visibility = world.image.visibility;
    const flip = { body: { visibility: visibility === 'private' ? 'public' : 'private' } };
    await ok('changeImage', flip);
    const { events } = await waiting;
    expect(events).toMatchObject([{ headers: { 'webhook-id': expect.stringMatching(/^evt_/) } }]);
    expect(await listen()).toMatchObject({ events: [{ id: events[0]?.id }] });
    await ok('acknowledgeEvents', { params: { id }, body: { events: [events[0]?.id] } }, 204);
    expect(await listen()).toEqual({ events: [] });
    // A newer request ends an older one that waits.
    const older = listen('?wait=25');
    const newer = listen('?wait=25');
    expect(await Promise.race([older, newer])).toEqual({ events: [] });
    await ok('changeImage', { body: { visibility } });
    expect((await Promise.all([older, newer])).flatMap(({ events }) => events)).toHaveLength(1);
    // If one more listener of an account waits than may, one is answered at once; newer requests end the others.
    const calls: { readonly project: string; readonly id: string }[] = [];
    while (calls.length < 11) {
      const project = await newProject(player);
      for (let n = 0; n < 10 && calls.length < 11; n++) {
        const made = await ok<Made>('createListener', { params: { project } }, 201);
        calls.push({ project, id: made.id });
      }
    }
    const waitAll = (seconds: number) =>
      calls.map((params) => player.send('listen', { params, query: `?wait=${seconds}` }));
    const many = waitAll(25);
    expectError(await Promise.race(many), 503, 'listeners_busy');
    await Promise.all(waitAll(1));
    const statuses = (await Promise.all(many)).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([...Array(10).fill(200), 503]);
    await refused('listen', 404, 'listener_not_found', { params: { id: 'none-such' } });
  },

  async acknowledgeEvents({ ok }) {
    const body = { events: ['none-such'] };
    await ok('acknowledgeEvents', { params: { id: 'none-such' }, body }, 204);
  },
};
