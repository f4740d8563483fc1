import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeServer, startFakeServer } from '../testing/fake-server.js';
import { createSandbox, type Sandbox } from '../testing/run-aura.js';
import { checkClock } from './checks.js';

const KEY = 'abc123xyz0-photo.jpg';
const env = { AURA_TOKEN: 'aura_cli_kim' };

let server: FakeServer;
let sandbox: Sandbox;
let diagnosis: Record<string, unknown>;
let status: number;
let type: string;

beforeEach(async () => {
  status = 403;
  type = 'image/jpeg';
  diagnosis = { project: 'my-app', key: KEY, claims: null, serverTime: new Date().toISOString() };
  server = await startFakeServer({
    'POST /v1/auth/diagnose-link': () => ({ body: diagnosis }),
    [`HEAD /my-app/${KEY}`]: () => ({ status, headers: { 'Content-Type': type } }),
  });
  sandbox = await createSandbox(server.url);
});
afterEach(async () => {
  await server.close();
  await sandbox.remove();
});

async function doctor(url: string) {
  const run = await sandbox.run(['doctor', url, '--json'], { env });
  const { ok, checks } = JSON.parse(run.out);
  return { ...run, ok, checks };
}

const link = () => `${server.url}/my-app/${KEY}?token=secret-token`;

describe('aura doctor <url>', () => {
  it.each([
    ['expired', 'Expired 3 minutes ago', 'aura sign'],
    ['other_project', 'Signed for other', 'project in its path'],
    ['other_image', 'Signed for other.jpg', 'sign one for this key'],
    ['preset_not_found', 'The project has no preset "x"', 'aura presets'],
    ['above_ceiling', 'The link asks for the original', 'fmt, metadata'],
    ['old_secret', 'Signed with the old secret', 'aura init'],
    ['wrong_signature', 'Not signed with a secret of my-app', 'AURA_SERVE_SECRET'],
    ['revoked', 'Its links were stopped', 'revoked on purpose'],
    ['recipient_revoked', 'The recipient "ada" was revoked', 'revoked on purpose'],
    ['iat_out_of_range', 'Its iat is in the future', 'Check the clock'],
    ['image_not_found', 'There is no such image', 'Check the key'],
  ])('reports the reason and the fix: %s', async (verdict, explanation, fix) => {
    diagnosis = { ...diagnosis, verdict, explanation };
    const { exit, ok, checks } = await doctor(link());
    expect(exit).toBe(1);
    expect(ok).toBe(false);
    expect(checks[0]).toMatchObject({ id: 'link', status: 'fail' });
    expect(checks[0].text).toBe(`${explanation} (my-app/${KEY})`);
    expect(checks[0].fix).toContain(fix);
    expect(checks[1]).toMatchObject({ id: 'answer', status: 'ok' });
  });

  it('ends with 0 for a link that works, and warns about a public image', async () => {
    status = 200;
    diagnosis = { ...diagnosis, verdict: 'ok', explanation: 'Works for 5 more minutes' };
    expect(await doctor(link())).toMatchObject({ exit: 0, ok: true });
    diagnosis = { ...diagnosis, verdict: 'image_public', explanation: 'The image is public' };
    const { exit, checks } = await doctor(link());
    expect(exit).toBe(0);
    expect(checks[0]).toMatchObject({ status: 'warn' });
  });

  it('says that browsers do not show the file, and what they show', async () => {
    status = 200;
    diagnosis = { ...diagnosis, verdict: 'ok', explanation: 'Works for 5 more minutes' };
    for (type of ['image/heic', 'image/tiff', 'image/jxl']) {
      const { exit, checks } = await doctor(link());
      expect(exit).toBe(0);
      const found = checks.find(({ id }: { id: string }) => id === 'type');
      expect(found).toMatchObject({ status: 'warn', fix: expect.stringContaining('fmt=auto') });
    }
    type = 'image/avif';
    expect(JSON.stringify((await doctor(link())).checks)).not.toContain('fmt=auto');
  });

  it('detects a proxy that responds instead of the server', async () => {
    status = 200;
    diagnosis = { ...diagnosis, verdict: 'expired', explanation: 'Expired 3 minutes ago' };
    const { checks } = await doctor(link());
    expect(checks[1]).toMatchObject({ id: 'answer', status: 'fail' });
    expect(checks[1].fix).toContain('cache');
  });

  it('shows no token, and sends it to no other host', async () => {
    diagnosis = { ...diagnosis, verdict: 'not_a_link', explanation: 'Not a link', project: null };
    const { out, err, checks } = await doctor(
      `http://127.0.0.1:1/my-app/${KEY}?token=secret-token`,
    );
    expect(out + err).not.toContain('secret-token');
    expect(checks.map(({ id }: { id: string }) => id)).toEqual(['link', 'clock']);
  });

  it('recognizes images that a proxy serves under a path prefix', async () => {
    diagnosis = { ...diagnosis, verdict: 'expired', explanation: 'Expired 3 minutes ago' };
    const cdn = 'http://127.0.0.1:1/images';
    const url = `${cdn}/my-app/${KEY}?token=x`;
    await sandbox.run(['doctor', url, '--json'], { env: { ...env, AURA_CDN_URL: cdn } });
    expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({
      url: link().replace(/=.*/, '=x'),
    });
  });

  it('detects a fast clock of the signer and of the server', async () => {
    const serverNow = Date.now() - 480_000;
    const claims = { iat: Math.floor(Date.now() / 1000) };
    const serverTime = new Date(serverNow).toISOString();
    diagnosis = { ...diagnosis, verdict: 'expired', explanation: 'Expired', claims, serverTime };
    const { checks } = await doctor(link());
    const texts = checks.map(({ text }: { text: string }) => text).join('\n');
    expect(texts).toMatch(/signed [78] minutes from now/);
    expect(texts).toMatch(/server's clock is [78] minutes behind this machine's/);
  });

  it('prints a list for people', async () => {
    diagnosis = { ...diagnosis, verdict: 'expired', explanation: 'Expired 3 minutes ago' };
    const { out } = await sandbox.run(['doctor', link()], { env });
    expect(out).toMatch(/^fail {2}Expired 3 minutes ago \(my-app\/.*\)\n {6}Sign a new link/);
    expect(out).toContain('\nok    The address answers 403 from here\n');
  });
});

describe('checkClock', () => {
  const here = Date.parse('2026-11-25T10:00:00Z');
  it.each([
    [here, 'ok'],
    [here + 30_000, 'ok'],
    [here + 480_000, 'warn'],
    [here - 480_000, 'warn'],
    [Number.NaN, 'warn'],
  ])('reports %d as %s', (server, status) => {
    expect(checkClock(server, here).status).toBe(status);
  });

  it('says which clock differs, and by how much', () => {
    expect(checkClock(here + 480_000, here).text).toBe(
      "The server's clock is 8 minutes ahead of this machine's",
    );
  });
});
