import { afterEach, describe, expect, it } from 'vitest';
import { openBrowser, type Person, signUp } from '../harness/control.js';
import { startTestServer, type TestServer } from '../harness/server.js';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.kill();
  server = undefined;
});

const LIMIT = 30;

const signIn = (at: TestServer, email: string, password: string, forwarded: string) =>
  openBrowser(at).send(
    'POST',
    '/v1/auth/sign-in',
    { email, password },
    {
      'X-Forwarded-For': forwarded,
    },
  );

/** Status of a guess at an invitation: counted by client like a sign-in, but without a password to hash. */
async function guess(at: TestServer, forwarded: string): Promise<number> {
  const body = { token: 'a guess' };
  const headers = { 'X-Forwarded-For': forwarded };
  return (await openBrowser(at).send('POST', '/v1/auth/invitations/check', body, headers)).status;
}

/** Uses up the guesses of one client. */
async function guessAway(at: TestServer, forwarded: (n: number) => string): Promise<void> {
  for (let n = 0; n < LIMIT; n++) expect([404, 429]).toContain(await guess(at, forwarded(n)));
}

async function addressesOf(person: Person): Promise<readonly string[]> {
  const { sessions } = await person.json<{ sessions: { address: string }[] }>(
    'GET',
    '/v1/auth/sessions',
  );
  return sessions.map(({ address }) => address);
}

describe('behind a trusted proxy', () => {
  it('counts attempts per client, so that one client does not block others', async () => {
    server = await startTestServer({ env: { AURA_TRUSTED_PROXIES: 'loopback' } });
    const owner = await signUp(server);
    const { email, password } = owner;
    // A client can put any text before its own address.
    await guessAway(server, (n) => `192.0.2.${n}, 203.0.113.7`);
    expect(await guess(server, '203.0.113.7')).toBe(429);
    expect(await guess(server, '198.51.100.9')).toBe(404);
    const begun = await signIn(server, email, password, '198.51.100.9');
    expect(begun.status).toBe(200);
    expect(await addressesOf(owner)).toContain('198.51.100.9');
  });
});

describe('without a trusted proxy', () => {
  it('ignores X-Forwarded-For', async () => {
    server = await startTestServer();
    const owner = await signUp(server);
    const { email, password } = owner;
    const begun = await signIn(server, email, password, '198.51.100.9');
    expect(begun.status).toBe(200);
    expect(await addressesOf(owner)).not.toContain('198.51.100.9');
    await guessAway(server, (n) => `198.51.100.${n}`);
    expect(await guess(server, '203.0.113.8')).toBe(429);
  });

  it('does not start with an invalid list', async () => {
    const start = startTestServer({ env: { AURA_TRUSTED_PROXIES: 'proxy.example' } });
    await expect(start).rejects.toThrow(
      /AURA_TRUSTED_PROXIES: "proxy\.example" has an item that is no address or range/,
    );
  });
});
