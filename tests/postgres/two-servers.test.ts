import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuraImage } from '@auraimage/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, json, type Reply } from '../acceptance/support/serve-request.js';
import { spread, uploadFreshly } from '../acceptance/support/workers.js';
import { drawing } from '../files/pictures.js';
import { type Person, signUp } from '../harness/control.js';
import { type Credentials, startTestServer, type TestServer } from '../harness/server.js';
import { type Uploaded, upload } from '../harness/upload.js';
import { createDatabase } from './support/database.js';

// Two servers as on two machines: separate folders, one database, one master key.

const UPLOADS = 7;
const masterKey = randomBytes(32).toString('hex');

/** Starts two servers concurrently on an empty database. */
async function startTogether(): Promise<TestServer[]> {
  const env = { AURA_DATABASE_URL: await createDatabase(), AURA_MASTER_KEY: masterKey };
  // Only one of them prints credentials, but the harness expects some.
  const credentials: Credentials = {
    secretKey: 'sk_live_none',
    serveSecret: 'psk_live_none',
    projectName: 'my-app',
    cdnUrl: '',
  };
  const bounds = { uploadsPerProject: UPLOADS };
  const start = () => startTestServer({ env, credentials, bounds });
  return Promise.all([start(), start()]);
}

describe('two servers', () => {
  let servers: readonly TestServer[];
  let owner: Person;
  let project: AuraImage;
  let used: string;
  beforeAll(async () => {
    servers = await startTogether();
  });
  afterAll(() => Promise.all((servers ?? []).map((server) => server.stop())));

  let turn = 0;
  const next = (): TestServer => servers[turn++ % servers.length] as TestServer;

  const send = (
    { appUrl }: TestServer,
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> =>
    ask(`${appUrl}${path}`, {
      method,
      headers: {
        Origin: appUrl,
        'Sec-Fetch-Site': 'same-origin',
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const statuses = (replies: readonly Reply[]) => replies.map(({ status }) => status);
  const onEach = async (ask: (server: TestServer) => Promise<Reply>) =>
    statuses(await Promise.all(servers.map(ask)));

  it('that start concurrently with an empty database create one project', async () => {
    const shown = servers.filter(({ secrets }) => /^AURA_SECRET_KEY=/m.test(secrets));
    expect(shown).toHaveLength(1);
    const [, secretKey = ''] = /^AURA_SECRET_KEY=(\S+)$/m.exec(shown[0]?.secrets ?? '') ?? [];
    project = new AuraImage({ secretKey, projectName: 'my-app' });
  });

  it('accept either set-up link once, and none afterwards', async () => {
    const links = servers.map(({ setupUrl }) => setupUrl);
    expect(new Set([...links, '']).size).toBe(3);
    const check = (link: string) => (server: TestServer) =>
      send(server, 'POST', '/v1/auth/invitations/check', {
        token: new URL(link).searchParams.get('token'),
      });
    for (const link of links) expect(await onEach(check(link))).toEqual([200, 200]);
    const [one, other] = servers as [TestServer, TestServer];
    owner = await signUp(other, 'owner@example.com', one.setupUrl);
    for (const link of links) expect(await onEach(check(link))).toEqual([404, 404]);
  });

  it('share their limits', async () => {
    const guess = { email: 'nobody@example.com', password: 'a wrong password' };
    const guesses = statuses(
      await spread(24, () => send(next(), 'POST', '/v1/auth/sign-in', guess)),
    );
    expect(guesses.filter((status) => status === 401)).toHaveLength(10);
    expect(guesses.filter((status) => status === 429)).toHaveLength(14);

    const other = await send(next(), 'POST', '/v1/projects', { projectName: 'other' }, cookies());
    expect(other.status).toBe(201);
    const path = '/v1/projects/other/secret-keys';
    const key = await send(next(), 'POST', path, { name: 'a key' }, cookies());
    const { secret: secretKey } = json(key) as { secret: string };
    const token = await new AuraImage({ secretKey, projectName: 'other' }).signUpload();
    const uploads = statuses(await spread(UPLOADS + 8, () => uploadFreshly(next().url, token)));
    expect(uploads.filter((status) => status === 201)).toHaveLength(UPLOADS);
    expect(uploads.filter((status) => status === 429)).toHaveLength(8);
  });
  const cookies = () => ({ Cookie: owner.cookie() });

  it('refuse a removed member on both, from the response of one on', async () => {
    const [one, other] = servers as [TestServer, TestServer];
    const path = '/v1/projects/my-app';
    for (const [remover, asked] of [
      [one, other],
      [other, one],
    ] as const) {
      const invited = await send(one, 'POST', `${path}/invitations`, { role: 'editor' }, cookies());
      const email = `${remover === one ? 'first' : 'second'}@example.com`;
      const guest = await signUp(asked, email, (json(invited) as { url: string }).url);
      const ask = (server: TestServer) =>
        send(server, 'GET', `${path}/images`, undefined, { Cookie: guest.cookie() });
      expect(await onEach(ask)).toEqual([200, 200]);
      const { members } = json(
        await send(remover, 'GET', `${path}/members`, undefined, cookies()),
      ) as { members: readonly { id: string; email: string }[] };
      const { id } = members.find((member) => member.email === email) ?? { id: '' };
      const removal = `${path}/members/${id}`;
      expect((await send(remover, 'DELETE', removal, undefined, cookies())).status).toBe(204);
      expect(await onEach(ask)).toEqual([403, 403]);
    }
  });

  it('complete a device sign-in across servers', async () => {
    const [one, other] = servers as [TestServer, TestServer];
    const asked = await send(one, 'POST', '/v1/auth/device/code', { name: 'a laptop' });
    const codes = json(asked) as { device_code: string; user_code: string };
    const verdict = { userCode: codes.user_code };
    const approved = await send(other, 'POST', '/v1/auth/device/approve', verdict, cookies());
    expect(approved.status).toBe(204);
    const code = { device_code: codes.device_code };
    const given = await send(one, 'POST', '/v1/auth/device/token', code);
    const Authorization = `Bearer ${(json(given) as { token: string }).token}`;
    const list = (server: TestServer) =>
      send(server, 'GET', '/v1/projects', undefined, { Authorization });
    expect(await onEach(list)).toEqual([200, 200]);
    used = Authorization;
    await send(other, 'DELETE', '/v1/auth/cli-tokens/me', undefined, { Authorization: used });
    expect(await onEach(list)).toEqual([401, 401]);
  });

  it('both refuse a session that one of them ended', async () => {
    const [one, other] = servers as [TestServer, TestServer];
    const { email, password } = owner;
    const entered = await send(one, 'POST', '/v1/auth/sign-in', { email, password });
    const [cookie = ''] = (entered.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]);
    const me = (server: TestServer) =>
      send(server, 'GET', '/v1/auth/me', undefined, { Cookie: cookie });
    expect(await onEach(me)).toEqual([200, 200]);
    await send(other, 'POST', '/v1/auth/sign-out', undefined, { Cookie: cookie });
    expect(await onEach(me)).toEqual([401, 401]);
  });

  it('add up their usage', async () => {
    interface Usage {
      readonly days: readonly { readonly reads: { readonly ok: number } }[];
    }
    const jpeg = await drawing(64, 48).jpeg().toBuffer();
    // Each machine has its own folder here, so each serves only the images that it received.
    const images: Uploaded[] = [];
    for (const { url } of servers)
      images.push(await upload({ aura: project, url }, jpeg, 'public'));
    const ok = async () => {
      const usage = await send(
        next(),
        'GET',
        '/v1/projects/my-app/usage?days=1',
        undefined,
        cookies(),
      );
      return (json(usage) as Usage).days.at(-1)?.reads.ok ?? 0;
    };
    const before = await ok();
    await Promise.all(images.map(({ url }) => spread(9, () => ask(url))));
    for (let left = 100; (await ok()) < before + 18 && left > 0; left--) await sleep(200);
    expect(await ok()).toBe(before + 18);
  });
});
