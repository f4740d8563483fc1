import { beforeEach, describe, expect, it } from 'vitest';
import { createTestApp, NOW } from '../testing/control-app.js';

const KEYS = '/v1/projects/my-app/secret-keys';
const SECRET = '/v1/projects/my-app/serve-secret';
const HOUR = 3_600_000;

describe('secrets', () => {
  let app: ReturnType<typeof createTestApp>;
  const lastEntry = () => app.registry.entries.at(-1);
  beforeEach(async () => {
    app = createTestApp();
    await app.call('ann', 'POST', '/v1/projects', { projectName: 'my-app' });
  });

  describe('secret keys', () => {
    it('are created with their secret, which no other response has', async () => {
      const { status, json } = await app.call('ann', 'POST', KEYS, { name: ' laptop ' });
      expect(status).toBe(201);
      expect(json).toEqual({
        id: expect.any(String),
        name: 'laptop',
        lastFour: json.secret.slice(-4),
        createdAt: '2030-03-17T17:46:40.000Z',
        secret: expect.stringMatching(/^sk_live_[\w-]{43}$/),
      });
      const { secret, ...shown } = json;
      const list = await app.call('ann', 'GET', KEYS);
      expect(list.json).toEqual({ secretKeys: [{ ...shown, scope: 'project', lastUsedAt: null }] });
      expect(lastEntry()).toMatchObject({ action: 'secret_key.created', target: 'laptop' });
      expect(JSON.stringify([list.json, lastEntry()])).not.toContain(secret);
    });

    it.each(['', '   ', 'x'.repeat(101), 'a\nb', 'a\u0000b', '\u202Eevil', 7, null])(
      'have no name like %j',
      async (name) => {
        const { status, code, json } = await app.call('ann', 'POST', KEYS, { name });
        expect([status, code]).toEqual([400, 'field_invalid']);
        expect(json.message).toContain('"name"');
      },
    );

    it('are limited to ten', async () => {
      for (let n = 0; n < 10; n++) {
        expect((await app.call('ann', 'POST', KEYS, { name: `key ${n}` })).status).toBe(201);
      }
      const { status, code } = await app.call('ann', 'POST', KEYS, { name: 'key 11' });
      expect([status, code]).toEqual([409, 'secret_key_limit']);
    });

    it('are revoked once', async () => {
      const { id } = (await app.call('ann', 'POST', KEYS, { name: 'laptop' })).json;
      const response = await app.call('ann', 'DELETE', `${KEYS}/${id}`);
      expect([response.status, response.json]).toEqual([204, null]);
      expect(lastEntry()).toMatchObject({ action: 'secret_key.revoked', target: 'laptop' });
      const again = await app.call('ann', 'DELETE', `${KEYS}/${id}`);
      expect([again.status, again.code]).toEqual([404, 'secret_key_not_found']);
    });

    it('of one project cannot be revoked through another', async () => {
      const { id } = (await app.call('ann', 'POST', KEYS, { name: 'laptop' })).json;
      await app.call('ann', 'POST', '/v1/projects', { projectName: 'other-app' });
      const response = await app.call('ann', 'DELETE', `/v1/projects/other-app/secret-keys/${id}`);
      expect(response.code).toBe('secret_key_not_found');
    });
  });

  describe('the serve secret', () => {
    const rotate = (body?: unknown) => app.call('ann', 'POST', `${SECRET}/rotate`, body);

    it('is returned to its owner', async () => {
      const { json } = await app.call('ann', 'GET', SECRET);
      expect(json).toEqual({ secret: expect.stringMatching(/^psk_live_/), previous: null });
    });

    it('is read on the record, also by ending a grace period that there is not', async () => {
      const read = {
        action: 'serve_secret.read',
        actor: { kind: 'session', name: 'ann@example.com' },
        project: 'my-app',
        address: '192.0.2.7',
      };
      await app.call('ann', 'GET', SECRET);
      expect(app.appended).toMatchObject([read]);
      await app.call('ann', 'POST', `${SECRET}/end-grace`);
      expect(app.appended).toMatchObject([read, read]);
      await app.call('ann', 'GET', `${SECRET}/grace`);
      await app.call('bob', 'GET', SECRET);
      expect(app.appended).toHaveLength(2);
      expect(JSON.stringify(app.appended)).not.toContain('psk_live_');
    });

    it.each([undefined, {}])(
      'is rotated with a grace period of 7 days for the body %j',
      async (body) => {
        const before = (await app.call('ann', 'GET', SECRET)).json.secret;
        app.state.reads = { reads: 12, lastAt: NOW - HOUR };
        const { json } = await rotate(body);
        expect(json.secret).not.toBe(before);
        expect(json.previous).toEqual({
          endsAt: '2030-03-24T17:46:40.000Z',
          readsLast24Hours: 12,
          lastReadAt: '2030-03-17T16:46:40.000Z',
        });
        expect(lastEntry()).toMatchObject({
          action: 'serve_secret.rotated',
          details: { graceSeconds: 604_800 },
        });
        expect(JSON.stringify(app.registry.entries)).not.toContain('psk_live_');
      },
    );

    it('is rotated without a grace period', async () => {
      expect((await rotate({ graceSeconds: 0 })).json.previous).toBeNull();
    });

    it('is not rotated with an invalid grace period or an unknown member', async () => {
      const before = (await app.call('ann', 'GET', SECRET)).json.secret;
      for (const graceSeconds of [-1, 604_801, 1.5]) {
        expect((await rotate({ graceSeconds })).code).toBe('grace_invalid');
      }
      expect((await rotate({ graceSeconds: '0' })).code).toBe('field_invalid');
      expect((await rotate({ grace: 0 })).json.message).toBe('Unknown field "grace"');
      expect((await app.call('ann', 'GET', SECRET)).json.secret).toBe(before);
    });

    it('shows its grace period without the secret', async () => {
      const grace = () => app.call('ann', 'GET', `${SECRET}/grace`);
      expect((await grace()).json).toEqual({ previous: null });
      app.state.reads = { reads: 3, lastAt: NOW - HOUR };
      const { previous } = (await rotate()).json;
      const { status, json } = await grace();
      expect([status, json]).toEqual([200, { previous }]);
      expect(json.previous.readsLast24Hours).toBe(3);
    });

    it('has a previous secret until its grace period ends', async () => {
      await rotate({ graceSeconds: 60 });
      app.clock.time = NOW + 59_999;
      expect((await app.call('ann', 'GET', SECRET)).json.previous).not.toBeNull();
      app.clock.time = NOW + 60_000;
      expect((await app.call('ann', 'GET', SECRET)).json.previous).toBeNull();
    });

    it('has a grace period that can be ended once', async () => {
      await rotate();
      const { status, json } = await app.call('ann', 'POST', `${SECRET}/end-grace`);
      expect([status, json.previous]).toEqual([200, null]);
      expect(lastEntry()?.action).toBe('serve_secret.grace_ended');
      const entries = app.registry.entries.length;
      expect((await app.call('ann', 'POST', `${SECRET}/end-grace`)).status).toBe(200);
      expect(app.registry.entries).toHaveLength(entries);
    });
  });
});
