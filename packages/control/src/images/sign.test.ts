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
    projectId = (await app.ask('ann', 'POST', '/v1/projects', { projectName: 'my-app' })).json.id;
    await app.ask('ann', 'POST', '/v1/projects', { projectName: 'other-app' });
    await app.ask('bob', 'POST', '/v1/projects', { projectName: 'bobs-app' });
    const path = '/v1/projects/my-app/secret-keys';
    secret = (await app.ask('ann', 'POST', path, { name: 'server' })).json.secret;
  });

  describe('an upload', () => {
    const sign = (who: string, projectName: string, wishes: object = {}) =>
      app.ask(who, 'POST', '/v1/sign', { projectName, ...wishes });
    const read = async (token: string) => {
      const verdict = await verifySecretKeyToken(
        token,
        () => [`sk_live_internal-${projectId}`],
        SECOND,
      );
      return verdict.ok ? verdict.claims : verdict.reason;
    };

    it('is signed with what signUpload() takes where nothing is said', async () => {
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

    it('is signed as wished', async () => {
      const wishes = { maxSize: '5mb', allowedTypes: ['image/png'], expiresIn: 60 };
      const { json } = await sign('ann', 'my-app', { ...wishes, visibility: 'private' });
      expect(await read(json.signature)).toEqual({
        projectName: 'my-app',
        maxSize: 5_242_880,
        allowedTypes: ['image/png'],
        iat: SECOND,
        exp: SECOND + 60,
        visibility: 'private',
      });
    });

    it('lasts a day at most for a person, whose end does not end it', async () => {
      const { json } = await sign('ann', 'my-app', { expiresIn: 604_800 });
      expect(await read(json.signature)).toMatchObject({ exp: SECOND + 86_400 });
      const long = await sign(secret, 'my-app', { expiresIn: 604_800 });
      const verdict = await verifySecretKeyToken(long.json.signature, () => [secret], SECOND);
      expect(verdict).toMatchObject({ claims: { exp: SECOND + 604_800 } });
    });

    it('is signed for a secret key of the project, whose use is told', async () => {
      const { status, facts } = await sign(secret, 'my-app');
      const [key] = await app.registry.listSecretKeys(projectId);
      expect([status, facts.secretKeyId]).toEqual([200, key?.id]);
    });

    it('is signed with the secret key that asks, so that its revocation ends the token', async () => {
      const { json } = await sign(secret, 'my-app');
      const verdict = await verifySecretKeyToken(json.signature, () => [secret], SECOND);
      expect(verdict.ok).toBe(true);
    });

    it.each([
      ['a key', 'another project of its account', 'other-app'],
      ['a key', 'a project of another account', 'bobs-app'],
      ['a key', 'no project', 'no-such-app'],
    ])('is not signed for %s and %s', async (_who, _what, name) => {
      const { status, code } = await sign(secret, name);
      expect([status, code]).toEqual([403, 'project_forbidden']);
    });

    it('is not signed for a person whose project it is not', async () => {
      for (const name of ['bobs-app', 'no-such-app']) {
        const { status, code } = await sign('ann', name);
        expect([status, code]).toEqual([404, 'project_not_found']);
      }
    });

    it('is not signed for who is nobody, before anything else is looked at', async () => {
      const nobody = await app.ask('nobody', 'POST', '/v1/sign', 'nonsense');
      expect([nobody.status, nobody.code]).toEqual([401, 'sign_in_required']);
      const unknown = await app.ask('sk_live_unknown', 'POST', '/v1/sign', 'nonsense');
      expect([unknown.status, unknown.code]).toEqual([401, 'credential_invalid']);
    });

    it('is not signed once the quota is used up', async () => {
      await app.ask('ann', 'PATCH', '/v1/projects/my-app', { quotaBytes: 100 });
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
    const sign = (body: object) => app.ask('ann', 'POST', '/v1/projects/my-app/signed-urls', body);

    it('open each its image for as long as wished', async () => {
      const { status, json } = await sign({ keys: [KEY, 'abc123xyz1-b.png'], expiresIn: 60 });
      expect([status, json.expiresAt]).toEqual([200, '2030-03-17T17:47:40.000Z']);
      expect(json.urls.map(({ key }: { key: string }) => key)).toEqual([KEY, 'abc123xyz1-b.png']);
      const url = new URL(json.urls[0].url);
      expect(url.origin + url.pathname).toBe(`https://cdn.example/my-app/${KEY}`);
      const secrets = await app.registry.serveSecrets(projectId);
      const verdict = await verifyServeToken(
        url.searchParams.get('token') ?? '',
        { p: 'my-app', f: KEY },
        [secrets?.current ?? ''],
        SECOND + 60,
      );
      const claims = { p: 'my-app', f: KEY, exp: SECOND + 60, iat: SECOND };
      expect(verdict).toEqual({ ok: true, claims, secretIndex: 0 });
    });

    it('are five hundred at most, however long their keys are', async () => {
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
    ])('are not signed with %s %j', async (field, value) => {
      const { code, json } = await sign({ keys: [KEY], [field]: value });
      expect(code).toBe('field_invalid');
      expect(json.message).toContain(`"${field}`);
    });
  });
});
