import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type FakeAnswer,
  type FakeServer,
  refusal,
  startFakeServer,
} from '../testing/fake-server.js';
import { createSandbox, type Sandbox } from '../testing/run-aura.js';

const TOKEN = 'aura_cli_never-to-be-shown';
const pending = refusal(400, 'authorization_pending', { error: 'authorization_pending' });
const granted: FakeAnswer = { body: { token: TOKEN, email: 'kim@example.com' } };

let server: FakeServer;
let sandbox: Sandbox;
afterEach(async () => {
  await server.close();
  await sandbox.remove();
});

/** A server that gives one code, and then these responses in order. */
async function start(
  answers: FakeAnswer[],
  more: object = {},
  cleanup: FakeAnswer = { status: 204 },
): Promise<void> {
  server = await startFakeServer({
    'POST /v1/auth/device/code': () => ({
      body: {
        device_code: 'device-secret',
        user_code: 'ABCD-EFGH',
        verification_uri: 'https://images.example/device',
        verification_uri_complete: 'https://images.example/device?code=ABCD-EFGH',
        expires_in: 600,
        interval: 0.02,
        ...more,
      },
    }),
    'POST /v1/auth/device/token': () => answers.shift() ?? pending,
    'POST /v1/auth/device/cancel': () => cleanup,
    'DELETE /v1/auth/cli-tokens/me': () => cleanup,
  });
  sandbox = await createSandbox(server.url);
}

function asked(path: string) {
  return server.received.filter((request) => request.path === `/v1/auth/${path}`);
}

async function kept(): Promise<Record<string, { token: string }>> {
  return JSON.parse(await readFile(join(sandbox.home, '.aura/credentials'), 'utf8'));
}

describe('aura login', () => {
  it('shows code and address, waits, and keeps the token without showing it', async () => {
    await start([pending, granted]);
    const { exit, out, err } = await sandbox.run(['login']);
    expect(exit).toBe(0);
    expect(out).toContain('ABCD-EFGH');
    expect(out).toContain('https://images.example/device?code=ABCD-EFGH');
    expect(out).toContain(`Signed in to ${server.url} as kim@example.com`);
    expect(out + err).not.toContain('never-to-be-shown');
    expect(out + err).not.toContain('device-secret');
    expect((await kept())[server.url]?.token).toBe(TOKEN);
    expect(JSON.parse(asked('device/code')[0]?.body ?? '')).toEqual({ name: 'kim@desk' });
    expect(asked('device/token')).toHaveLength(2);
  });

  it('says until when the token works', async () => {
    const body = { token: TOKEN, email: 'kim@example.com', expiresAt: '2027-02-28T09:30:00.000Z' };
    await start([{ body }]);
    const { out } = await sandbox.run(['login']);
    expect(out).toContain('as kim@example.com, until 2027-02-28');
  });

  it('opens a browser only at a terminal, and not with --no-browser', async () => {
    const opened: string[] = [];
    const openBrowser = async (url: string) => opened.push(url) > 0;
    await start([granted, granted, granted]);
    await sandbox.run(['login'], { openBrowser });
    await sandbox.run(['login', '--no-browser'], { openBrowser, terminal: true });
    expect(opened).toEqual([]);
    await sandbox.run(['login'], { openBrowser, terminal: true });
    expect(opened).toEqual(['https://images.example/device?code=ABCD-EFGH']);
  });

  it('opens only http and https URLs, whatever the server sends', async () => {
    const opened: string[] = [];
    const openBrowser = async (url: string) => opened.push(url) > 0;
    await start([granted], { verification_uri_complete: 'file:///etc/passwd' });
    await sandbox.run(['login'], { openBrowser, terminal: true });
    expect(opened).toEqual([]);
  });

  it('revokes the token that it replaces', async () => {
    await start([granted, { body: { token: 'aura_cli_second', email: 'kim@example.com' } }]);
    await sandbox.run(['login']);
    const { err } = await sandbox.run(['login']);
    expect(err).not.toContain('Warning');
    expect((await kept())[server.url]?.token).toBe('aura_cli_second');
    expect(asked('cli-tokens/me').map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${TOKEN}`,
    ]);
  });

  it('reports that the token that it replaces could not be revoked', async () => {
    await start([granted, granted], {}, refusal(503, 'storage_unavailable'));
    await sandbox.run(['login']);
    const { exit, err } = await sandbox.run(['login']);
    expect(exit).toBe(0);
    expect(err).toContain('could not be revoked: end its token in the dashboard');
  });

  it.each([
    ['access_denied', 'denied in the browser'],
    ['expired_token', 'expired before it was approved'],
  ])('ends on %s', async (error, words) => {
    await start([refusal(400, error, { error })]);
    const { exit, err } = await sandbox.run(['login']);
    expect(exit).toBe(1);
    expect(err).toContain(words);
    await expect(kept()).rejects.toThrow('ENOENT');
  });

  it.each([
    [{ status: 204 }, false],
    [refusal(500, 'internal_error'), true],
  ])(
    'cancels the request when it is interrupted, and reports if it cannot: %#',
    async (cleanup, warns) => {
      const interrupt = new AbortController();
      await start([], {}, cleanup);
      const running = sandbox.run(['login'], { signal: interrupt.signal });
      await vi.waitFor(() => expect(asked('device/token').length).toBeGreaterThan(0), 10_000);
      interrupt.abort();
      const { exit, err } = await running;
      expect(exit).toBe(130);
      expect(err).toContain('Interrupted');
      expect(err.includes('could not be cancelled')).toBe(warns);
      expect(JSON.parse(asked('device/cancel')[0]?.body ?? '')).toEqual({
        device_code: 'device-secret',
      });
    },
  );
});

describe('aura logout', () => {
  it('revokes the token on the server and deletes it', async () => {
    await start([granted]);
    await sandbox.run(['login']);
    const { exit, out } = await sandbox.run(['logout']);
    expect(exit).toBe(0);
    expect(out).toContain('Signed out');
    expect(asked('cli-tokens/me')).toHaveLength(1);
    expect(await kept()).toEqual({});
    expect((await sandbox.run(['whoami'])).exit).toBe(3);
  });

  it('deletes it if the server is unavailable, and reports that', async () => {
    await start([granted]);
    await sandbox.run(['login']);
    await server.close();
    const { exit, out, err } = await sandbox.run(['logout']);
    server = await startFakeServer({});
    expect(exit).toBe(0);
    expect(out).toContain('from this machine');
    expect(err).toContain('end the token in the dashboard');
    expect(await kept()).toEqual({});
  });
});
