import { verifySecretKeyToken, verifyServeToken } from '@auraimage/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { createTestApp, NOW } from '../testing/control-app.js';

const SECOND = NOW / 1000;
const KEY = 'abc123xyz0-photo.jpg';

describe('signing', () => {
  let app: ReturnType<typeof createTestApp>;
  let projectId: string;
  let secret: string;
  beforeEach(async () => {
    app = createTestApp();
    projectId = (await app.call('ann', 'POST', '/v1/projects', { projectName: 'my-app' })).json.id;
    await app.call('ann', 'POST', '/v1/projects', { projectName: 'other-app' });
    await app.call('bob', 'POST', '/v1/projects', { projectName: 'bobs-app' });
    const path = '/v1/projects/my-app/secret-keys';
    secret = (await app.call('ann', 'POST', path, { name: 'server' })).json.secret;
  });

  describe('an upload', () => {
    const sign = (who: string, projectName: string, options: object = {}) =>
      app.call(who, 'POST', '/v1/sign', { projectName, ...options });
    const read = async (token: string) => {
      const verdict = await verifySecretKeyToken(
        token,
        () => [`sk_live_internal-${projectId}`],
        SECOND,
      );
      return verdict.ok ? verdict.claims : verdict.reason;
    };

    it('has the defaults of signUpload()', async () => {
      const { status, json, facts } = await sign('ann', 'my-app');
      expect(status).toBe(200);
      expect(await read(json.signature)).toEqual({
        projectName: 'my-app',
        maxSize: 31_457_280,
        allowedTypes: ['image/*'],
        iat: SECOND,
        exp: SECOND + 3600,
      });
      expect(facts.project).toBe('my-app');
    });

    it('has the requested options', async () => {
      const options = { maxSize: '5mb', allowedTypes: ['image/png'], expiresIn: 60 };
      const { json } = await sign('ann', 'my-app', { ...options, visibility: 'private' });
      expect(await read(json.signature)).toEqual({
        projectName: 'my-app',
        maxSize: 5_242_880,
        allowedTypes: ['image/png'],
        iat: SECOND,
        exp: SECOND + 60,
        visibility: 'private',
      });
    });

    it('is valid for at most a day for a user', async () => {
      const { json } = await sign('ann', 'my-app', { expiresIn: 604_800 });
      expect(await read(json.signature)).toMatchObject({ exp: SECOND + 86_400 });
      const long = await sign(secret, 'my-app', { expiresIn: 604_800 });
      const verdict = await verifySecretKeyToken(long.json.signature, () => [secret], SECOND);
      expect(verdict).toMatchObject({ claims: { exp: SECOND + 604_800 } });
    });

    it('is signed for a secret key of the project, which is recorded in the facts', async () => {
      const { status, facts } = await sign(secret, 'my-app');
      const [key] = await app.registry.listSecretKeys(projectId);
      expect([status, facts.secretKeyId]).toEqual([200, key?.id]);
    });

    it('is signed with the secret key of the request, so that revoking it invalidates the token', async () => {
      const { json } = await sign(secret, 'my-app');
      const verdict = await verifySecretKeyToken(json.signature, () => [secret], SECOND);
      expect(verdict.ok).toBe(true);
    });

    it.each([
      ['a key', 'another project of its account', 'other-app'],
      ['a key', 'a project of another account', 'bobs-app'],
      ['a key', 'an unknown project', 'no-such-app'],
    ])('is not signed for %s and %s', async (_who, _what, name) => {
      const { status, code } = await sign(secret, name);
      expect([status, code]).toEqual([403, 'project_forbidden']);
    });

    it('is not signed for a user of another account', async () => {
      for (const name of ['bobs-app', 'no-such-app']) {
        const { status, code } = await sign('ann', name);
        expect([status, code]).toEqual([404, 'project_not_found']);
      }
    });

    it('is not signed without credentials, which are checked before the body', async () => {
      const nobody = await app.call('nobody', 'POST', '/v1/sign', 'nonsense');
      expect([nobody.status, nobody.code]).toEqual([401, 'sign_in_required']);
      const unknown = await app.call('sk_live_unknown', 'POST', '/v1/sign', 'nonsense');
      expect([unknown.status, unknown.code]).toEqual([401, 'credential_invalid']);
    });

    it('is not signed once the quota is used up', async () => {
      await app.call('ann', 'PATCH', '/v1/projects/my-app', { quotaBytes: 100 });
      app.registry.setUsage('my-app', 99);
      expect((await sign('ann', 'my-app')).status).toBe(200);
      app.registry.setUsage('my-app', 100);
      const { status, code } = await sign('ann', 'my-app');
      expect([status, code]).toEqual([402, 'quota_exceeded']);
    });

    it.each([
      ['maxSize', 0],
      ['maxSize', '5 apples'],
      ['maxSize', null],
      ['allowedTypes', []],
      ['allowedTypes', ['text/html']],
      ['allowedTypes', Array.from({ length: 51 }, () => 'image/png')],
      ['expiresIn', 0],
      ['expiresIn', 604_801],
      ['expiresIn', 1.5],
      ['visibility', 'secret'],
      ['projectName', 7],
    ])('is not signed with %s %j', async (field, value) => {
      const { status, code, json } = await sign('ann', 'my-app', { [field]: value });
      expect([status, code]).toEqual([400, 'field_invalid']);
      expect(json.message).toContain(`"${field}`);
    });
  });

  describe('URLs', () => {
    const sign = (body: object) => app.call('ann', 'POST', '/v1/projects/my-app/signed-urls', body);
    const verify = async (url: URL) => {
      const secrets = await app.registry.serveSecrets(projectId);
      return verifyServeToken(
        url.searchParams.get('token') ?? '',
        { p: 'my-app', f: KEY },
        [secrets?.current ?? ''],
        SECOND + 60,
      );
    };

    it('are valid for their image and the requested time', async () => {
      const { status, json } = await sign({ keys: [KEY, 'abc123xyz1-b.png'], expiresIn: 60 });
      expect([status, json.expiresAt]).toEqual([200, '2030-03-17T17:47:40.000Z']);
      expect(json.urls.map(({ key }: { key: string }) => key)).toEqual([KEY, 'abc123xyz1-b.png']);
      const url = new URL(json.urls[0].url);
      expect(url.origin + url.pathname).toBe(`https://cdn.example/my-app/${KEY}`);
      const claims = { p: 'my-app', f: KEY, exp: SECOND + 60, iat: SECOND };
      expect(await verify(url)).toEqual({ ok: true, claims, secretIndex: 0 });
    });

    it.each([
      [{ maxEdge: 800 }, { max: 800 }],
      [{ recipient: 'customer:42' }, { sub: 'customer:42' }],
      [
        { maxEdge: 8192, recipient: 'x'.repeat(64) },
        { max: 8192, sub: 'x'.repeat(64) },
      ],
    ])('are limited by %j', async (limits, expected) => {
      const { json } = await sign({ keys: [KEY], ...limits });
      const claims = { p: 'my-app', f: KEY, exp: SECOND + 3600, iat: SECOND, ...expected };
      const verdict = await verify(new URL(json.urls[0].url));
      expect(verdict).toEqual({ ok: true, claims, secretIndex: 0 });
    });

    it('are limited to 500, with keys of any length', async () => {
      const key = `abc123xyz0-${'x'.repeat(64)}.jpg`;
      const keys = Array.from({ length: 500 }, () => key);
      expect((await sign({ keys })).json.urls).toHaveLength(500);
      expect((await sign({ keys: [...keys, KEY] })).code).toBe('field_invalid');
    });

    it.each([
      ['keys', []],
      ['keys', KEY],
      ['keys', ['../secret.jpg']],
      ['keys', [`${KEY}?w=1`]],
      ['expiresIn', 59],
      ['expiresIn', 604_801],
      ['maxEdge', 0],
      ['maxEdge', 8193],
      ['maxEdge', 800.5],
      ['maxEdge', '800'],
      ['maxEdge', null],
      ['recipient', ''],
      ['recipient', 'kim lee'],
      ['recipient', 'x'.repeat(65)],
      ['recipient', null],
    ])('are not signed with %s %j', async (field, value) => {
      const { code, json } = await sign({ keys: [KEY], [field]: value });
      expect(code).toBe('field_invalid');
      expect(json.message).toContain(`"${field}`);
    });
  });
});
