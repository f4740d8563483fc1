import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FakeServer, refusal, startFakeServer } from '../testing/fake-server.js';
import { createSandbox, type Sandbox } from '../testing/run-aura.js';

const env = { AURA_TOKEN: 'aura_cli_kim', AURA_PROJECT: 'my-app' };
const WEBHOOKS = '/v1/projects/my-app/webhooks';
const WEBHOOK = {
  ...{ id: 'wh_1', url: 'https://app.example/hook', types: [] as string[], enabled: true },
  ...{ disabledReason: null, previousSecretUntil: null, createdAt: '2026-11-25T10:00:00.000Z' },
};
const DELIVERY = {
  ...{ id: 'dl_1', type: 'image.uploaded', key: 'users/42/a', state: 'pending', attempts: 2 },
  ...{ createdAt: '2026-11-25T10:20:30.000Z', nextAttemptAt: '2026-11-25T11:00:00.000Z' },
  finishedAt: null,
};

let server: FakeServer;
let sandbox: Sandbox;

beforeEach(async () => {
  server = await startFakeServer({
    [`GET ${WEBHOOKS}`]: () => ({
      body: {
        webhooks: [
          WEBHOOK,
          {
            ...WEBHOOK,
            id: 'wh_2',
            types: ['image.deleted'],
            enabled: false,
            disabledReason: 'gone',
          },
        ],
      },
    }),
    [`POST ${WEBHOOKS}`]: ({ body }) =>
      JSON.parse(body).url.startsWith('http:')
        ? refusal(422, 'webhook_url_refused')
        : { status: 201, body: { ...WEBHOOK, ...JSON.parse(body), secret: 'whsec_1' } },
    [`GET ${WEBHOOKS}/wh_1`]: () => ({ body: WEBHOOK }),
    [`PATCH ${WEBHOOKS}/wh_1`]: ({ body }) => ({ body: { ...WEBHOOK, ...JSON.parse(body) } }),
    [`DELETE ${WEBHOOKS}/wh_1`]: () => ({ status: 204 }),
    [`GET ${WEBHOOKS}/wh_1/secret`]: () => ({ body: { secret: 'whsec_1', previous: null } }),
    [`POST ${WEBHOOKS}/wh_1/rotate-secret`]: () => ({ body: { secret: 'whsec_2' } }),
    [`POST ${WEBHOOKS}/wh_1/test`]: () => ({
      status: 201,
      body: { ...DELIVERY, type: 'webhook.test', key: null, attempts: 0 },
    }),
    [`GET ${WEBHOOKS}/wh_1/deliveries`]: ({ path }) => {
      const cursor = new URLSearchParams(path.split('?')[1]).get('cursor');
      const deliveries = [{ ...DELIVERY, id: cursor === null ? 'dl_1' : 'dl_2' }];
      return { body: { deliveries, cursor: cursor === null ? 'next' : null } };
    },
    [`GET ${WEBHOOKS}/wh_1/deliveries/dl_1`]: () => ({
      body: {
        ...DELIVERY,
        log: [
          {
            at: DELIVERY.createdAt,
            milliseconds: 15000,
            status: null,
            problem: 'timeout',
            answer: '',
          },
          {
            at: DELIVERY.createdAt,
            milliseconds: 7,
            status: 500,
            problem: null,
            answer: 'Oh\n\u001b[2J',
          },
        ],
      },
    }),
    [`POST ${WEBHOOKS}/wh_1/deliveries/dl_1/redeliver`]: () => ({ status: 201, body: DELIVERY }),
  });
  sandbox = await createSandbox(server.url);
});
afterEach(async () => {
  await server.close();
  await sandbox.remove();
});

const aura = (...argv: string[]) => sandbox.run(['webhooks', ...argv], { env });
const bodiesOf = (method: string) =>
  server.received.filter((each) => each.method === method).map(({ body }) => body);

it('lists webhooks, adds one and shows its secret', async () => {
  expect((await aura()).out).toBe(
    'wh_1  https://app.example/hook  all events\nwh_2  https://app.example/hook  image.deleted  disabled: it answered 410\n',
  );
  const added = await aura('add', 'https://app.example/hook', '--events', 'image.deleted');
  expect(added.out).toContain('AURA_WEBHOOK_SECRET=whsec_1\n');
  expect(bodiesOf('POST')).toEqual([
    '{"url":"https://app.example/hook","types":["image.deleted"]}',
  ]);
  const refused = await aura('add', 'http://localhost/hook');
  expect([refused.exit, refused.err]).toEqual([1, expect.stringContaining('webhook_url_refused')]);
  const typo = await aura('add', 'https://app.example/hook', '--events', 'image.gone');
  expect([typo.exit, typo.err]).toEqual([2, expect.stringContaining('Events are image.uploaded')]);
  expect((await aura('secret', 'wh_1')).out).toBe('whsec_1\n');
});

it('rotates the secret, disables, enables and removes', async () => {
  const rotated = await aura('rotate', 'wh_1');
  expect(rotated.out).toBe('AURA_WEBHOOK_SECRET=whsec_2\n');
  expect(rotated.err).toContain('Both secrets sign for 24 hours');
  expect((await aura('rotate', 'wh_1', '--overlap', '0')).err).toContain('signs nothing any more');
  expect(bodiesOf('POST')).toEqual(['{"overlapSeconds":86400}', '{"overlapSeconds":0}']);
  expect((await aura('disable', 'wh_1')).out).toContain('disabled');
  expect((await aura('enable', 'wh_1', '--json')).out).toContain('"enabled":true');
  expect((await aura('rm', 'wh_1')).err).toContain('Not a terminal: pass --yes');
  expect((await aura('rm', 'wh_1', '--yes')).out).toContain('Removed the webhook');
  expect(bodiesOf('DELETE')).toHaveLength(1);
});

it('shows deliveries with their attempts, and sends again', async () => {
  expect((await aura('test', 'wh_1')).err).toContain('aura webhooks deliveries wh_1 dl_1');
  const row = (id: string) =>
    `${id}  2026-11-25 10:20:30  pending    image.uploaded       users/42/a  2 attempts  next 2026-11-25 11:00:00\n`;
  expect((await aura('deliveries', 'wh_1', '--limit', '0')).out).toBe(row('dl_1') + row('dl_2'));
  const first = await aura('deliveries', 'wh_1', '--limit', '1', '--state', 'failed');
  expect(first.err).toContain('Showing the newest 1; --limit 0 lists all');
  expect(server.received.at(-1)?.path).toContain('limit=1&state=failed');
  const { out } = await aura('deliveries', 'wh_1', 'dl_1');
  expect(out).toContain('timeout  15000 ms');
  expect(out).toContain('500  7 ms\n    Oh\n    \ufffd[2J\n');
  expect((await aura('redeliver', 'wh_1', 'dl_1')).out).toBe(row('dl_1'));
});
