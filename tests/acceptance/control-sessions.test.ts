import { AuraImage } from '@auraimage/sdk';
import { describe, expect, it } from 'vitest';
import { openBrowser, signUp } from '../harness/control.js';
import { startTestServer } from '../harness/server.js';
import { postUpload, upload } from '../harness/upload.js';
import { asBearer, asPerson, invite, newEmail, openWorld } from './support/api-world.js';
import { localUrlOf } from './support/host-server.js';
import { ask, expectError, json } from './support/serve-request.js';

const world = await openWorld();
const { server, owner, project, file } = world;
const { url } = server;

const send = (method: string, path: string, body: unknown, headers = {}) => {
  const text = JSON.stringify(body);
  const fields = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) };
  return ask(url + path, { method, headers: { ...fields, ...headers }, body: text });
};
const tokenOf = (link: string) => new URL(link).searchParams.get('token');
const cookieOf = (reply: { headers: { 'set-cookie'?: string[] | undefined } }) =>
  /^(aura_session=[^;]*);/.exec(reply.headers['set-cookie']?.[0] ?? '')?.[1] ?? '';
const newLink = async () => {
  const { url } = await owner.json<{ url: string }>('POST', '/v1/auth/invitations', {});
  return tokenOf(url);
};
const me = (cookie: string) => ask(`${url}/v1/auth/me`, { headers: { Cookie: cookie } });

describe('the cookie', () => {
  it('is not readable by scripts, and not sent by other sites or with images', async () => {
    const { email, password } = owner;
    const reply = await send('POST', '/v1/auth/sign-in', { email, password });
    const cookies = reply.headers['set-cookie'] ?? [];
    expect(cookies).toHaveLength(2);
    for (const [at, name, flags] of [
      [0, 'aura_session', ['HttpOnly', 'Max-Age=2592000', 'Path=/v1', 'SameSite=Lax']],
      [1, 'aura_known', ['HttpOnly', 'Max-Age=31536000', 'Path=/v1/auth', 'SameSite=Lax']],
    ] as const) {
      const [cookie = '', ...fields] = cookies[at]?.split('; ') ?? [];
      expect(cookie).toMatch(new RegExp(`^${name}=[\\w.%-]{32,}$`));
      expect(fields.toSorted()).toEqual(flags);
      expect(reply.body.toString()).not.toContain(cookie.split('=')[1]);
    }
  });

  it('is Secure if the dashboard uses https', async () => {
    const secure = await startTestServer({ env: { AURA_PUBLIC_URL: 'https://images.example' } });
    try {
      const local = await localUrlOf(secure);
      const link = { token: tokenOf(secure.setupUrl) };
      const person = { email: 'a@example.com', password: 'twelve characters' };
      const body = JSON.stringify({ ...link, ...person });
      const reply = await ask(`${local}/v1/auth/invitations/accept`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Origin: 'https://images.example' },
        body,
      });
      expect(reply.status).toBe(201);
      const [cookie = '', ...fields] = reply.headers['set-cookie']?.[0]?.split('; ') ?? [];
      expect(cookie).toMatch(/^__Secure-aura_session=/);
      expect(fields).toContain('Secure');
      const get = (value: string) => ask(`${local}/v1/auth/me`, { headers: { Cookie: value } });
      expect((await get(cookie)).status).toBe(200);
      expect((await get(cookie.replace('__Secure-', ''))).status).toBe(401);
    } finally {
      await secure.kill();
    }
  });

  it('that was planted is replaced at sign-in', async () => {
    const { email, password } = owner;
    const attacker = await invite(server, owner, newEmail('attacker'));
    for (const planted of [attacker.cookie(), `aura_session=${'A'.repeat(40)}`]) {
      const headers = { Cookie: planted, Origin: server.appUrl };
      const reply = await send('POST', '/v1/auth/sign-in', { email, password }, headers);
      expect(reply.status).toBe(200);
      expect(cookieOf(reply)).toMatch(/^aura_session=./);
      expect(cookieOf(reply)).not.toBe(planted);
      expectError(await me(planted), 401, 'credential_invalid');
      expect(json(await me(cookieOf(reply)))).toMatchObject({ email });
    }
  });
});

describe('a cookie that was stolen', () => {
  const paths = ['/v1/auth/me', '/v1/projects', `/v1/projects/${project}/serve-secret`];

  async function expectWorthless(cookie: string): Promise<void> {
    for (const path of paths) {
      const reply = await ask(url + path, { headers: { Cookie: cookie } });
      expectError(reply, 401, 'credential_invalid');
    }
    const images = `${url}/v1/projects/${project}/images`;
    expectError(await ask(images, { headers: { Cookie: cookie } }), 401, 'secret_key_invalid');
  }

  async function again() {
    const browser = openBrowser(server);
    const { email, password } = owner;
    await browser.json('POST', '/v1/auth/sign-in', { email, password });
    return browser;
  }

  it('is invalid after signing out', async () => {
    const browser = await again();
    const stolen = browser.cookie();
    expect((await me(stolen)).status).toBe(200);
    await browser.json('POST', '/v1/auth/sign-out');
    await expectWorthless(stolen);
  });

  it('is invalid after it was ended in another browser', async () => {
    const browser = await again();
    const { sessions } = await browser.json<{ sessions: { id: string; current: boolean }[] }>(
      'GET',
      '/v1/auth/sessions',
    );
    const id = sessions.find(({ current }) => current)?.id;
    await owner.json('DELETE', `/v1/auth/sessions/${id}`);
    await expectWorthless(browser.cookie());
  });

  it('is invalid after a password change', async () => {
    const stolen = (await again()).cookie();
    const [changing, newPassword] = [await again(), 'another long password'];
    const body = { currentPassword: owner.password, newPassword };
    await changing.json('POST', '/v1/auth/me/password', body);
    await expectWorthless(stolen);
    await expectWorthless(owner.cookie());
    await owner.json('POST', '/v1/auth/sign-in', { email: owner.email, password: newPassword });
    const back = { currentPassword: newPassword, newPassword: owner.password };
    await owner.json('POST', '/v1/auth/me/password', back);
  });
});

describe('a link', () => {
  const accept = (token: string | null, changes: object = {}) =>
    send('POST', '/v1/auth/invitations/accept', {
      token,
      email: `${crypto.randomUUID()}@example.com`,
      password: 'twelve characters',
      ...changes,
    });

  it('creates one account, even if used concurrently', async () => {
    const token = await newLink();
    const replies = await Promise.all(Array.from({ length: 6 }, () => accept(token)));
    const statuses = replies.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([201, 404, 404, 404, 404, 404]);
  });

  it('creates one account if two links use the same email concurrently', async () => {
    const tokens = [await newLink(), await newLink(), await newLink()];
    const email = newEmail('contested');
    const replies = await Promise.all(tokens.map((token) => accept(token, { email })));
    expect(replies.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
  });

  it('does not let the client choose a role or an account', async () => {
    const token = await newLink();
    for (const extra of [{ role: 'admin' }, { accountId: 'x' }, { emailVerified: true }]) {
      expectError(await accept(token, extra), 400, 'field_invalid');
    }
    expect(json(await accept(token))).toMatchObject({ role: 'member' });
  });

  it('for the set-up works only while there is no account, also with several concurrent starts', async () => {
    const fresh = await startTestServer();
    try {
      const attempts = await Promise.allSettled(
        ['one', 'two', 'three'].map((name) => signUp(fresh, `${name}@example.com`)),
      );
      const made = attempts.filter(({ status }) => status === 'fulfilled');
      expect(made).toHaveLength(1);
      await expect(signUp(fresh, 'late@example.com')).rejects.toMatchObject({ status: 404 });
    } finally {
      await fresh.kill();
    }
  });
});

describe('a secret key that was revoked', () => {
  it('gives no access and signs nothing, and its tokens are refused', async () => {
    const keys = `/v1/projects/${project}/secret-keys`;
    const { id, secret } = await owner.json<Record<string, string>>('POST', keys, { name: 'leak' });
    const { key } = await upload(server, file, 'private');
    const headers = asBearer(secret ?? '');
    const uploads = await send('POST', '/v1/sign', { projectName: project }, headers);
    const sdk = new AuraImage({ ...server.credentials, secretKey: secret ?? '' });
    const own = await sdk.signUpload({});
    expect((await postUpload(url, own, file)).status).toBe(201);
    await owner.json('DELETE', `${keys}/${id}`);

    expectError(
      await send('POST', '/v1/sign', { projectName: project }, headers),
      401,
      'credential_invalid',
    );
    const image = `/v1/images/${project}/${key}`;
    for (const [method, path] of [
      ['GET', `/v1/projects/${project}/images`],
      ['GET', image],
      ['POST', `${image}/revoke-links`],
      ['DELETE', image],
    ] as const) {
      expectError(await ask(url + path, { method, headers }), 401, 'secret_key_invalid');
    }
    const flip = await send('PATCH', image, { visibility: 'public' }, headers);
    expectError(flip, 401, 'secret_key_invalid');
    expect((await postUpload(url, own, file)).status).toBe(401);
    await expect(sdk.setVisibility(key, 'public')).rejects.toThrow();
    expect(json(await ask(url + image, { headers: asPerson(server, owner) }))).toMatchObject({
      visibility: 'private',
    });
    // Neither do upload tokens that it had the server sign; those of a signed-in user continue to work.
    const { signature } = json(uploads) as { signature: string };
    expect((await postUpload(url, signature, file)).status).toBe(401);
    const person = await owner.json<{ signature: string }>('POST', '/v1/sign', {
      projectName: project,
    });
    expect((await postUpload(url, person.signature, file)).status).toBe(201);
  });
});
