import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reply } from '../acceptance/support/serve-request.js';
import { json } from '../acceptance/support/serve-request.js';
import { deviceToken, type Person, signUp } from '../harness/control.js';
import type { Daemon } from '../harness/daemon.js';
import { startTestServer, type TestServer } from '../harness/server.js';
import { CACHES } from './support/caches.js';
import { answerId, askThrough } from './support/through.js';

/** What each account has its own answer to. */
const PERSONAL = ['/v1/auth/me/methods', '/v1/auth/sessions', '/v1/projects'] as const;

let server: TestServer;
let owner: Person;
let guest: Person;
let tokens: readonly [string, string];

beforeAll(async () => {
  server = await startTestServer({ env: { AURA_LOG_LEVEL: 'warn' } });
  owner = await signUp(server);
  const invited = await owner.json<{ url: string }>('POST', '/v1/auth/invitations', {
    email: 'guest@example.com',
  });
  guest = await signUp(server, 'guest@example.com', invited.url);
  tokens = [await deviceToken(server, owner), await deviceToken(server, guest)];
});

afterAll(() => server?.kill());

describe.each(CACHES)('$name', ({ start }) => {
  let cache: Daemon;
  beforeAll(async () => {
    cache = await start(server.url);
  });
  afterAll(() => cache?.stop());

  const ask = (path: string, headers: Record<string, string>) =>
    askThrough(cache, `${server.url}${path}`, { headers });

  it.each(PERSONAL)('returns %s to its owner, by cookie and by token', async (path) => {
    const byCookie = (person: Person) => ({ Cookie: person.cookie() });
    const byToken = (token: string) => ({ Authorization: `Bearer ${token}` });
    const [ownersToken, guestsToken] = tokens;
    const seen: Reply[] = [];
    for (const _round of [1, 2]) {
      seen.push(await ask(path, byToken(ownersToken)), await ask(path, byToken(guestsToken)));
      expect((await ask(path, {})).status).toBe(401);
      const cookies = [await ask(path, byCookie(owner)), await ask(path, byCookie(guest))];
      for (const { status } of cookies) expect([200, 401]).toContain(status);
      seen.push(...cookies.filter(({ status }) => status === 200));
    }
    expect(new Set(seen.map(answerId)).size, 'each was asked of the server').toBe(seen.length);
  });

  it('returns each account its own name', async () => {
    const emails = [];
    for (const token of [...tokens, ...tokens]) {
      const reply = await ask('/v1/auth/me/methods', { Authorization: `Bearer ${token}` });
      emails.push((json(reply) as { email: string }).email);
    }
    const each = [owner.email, guest.email];
    expect(emails).toEqual([...each, ...each]);
  });

  it('requests the page of the dashboard from the server each time', async () => {
    const first = await ask('/dashboard', {});
    expect(first.status).toBe(200);
    expect(answerId(await ask('/dashboard', {}))).not.toBe(answerId(first));
  });
});
