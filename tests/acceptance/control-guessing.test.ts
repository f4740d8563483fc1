import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differs, isSimulated } from '../cloudflare/differences.js';
import { openBrowser, signUp, turnOnSecondFactor } from '../harness/control.js';
import { shortOrLong } from '../harness/long.js';
import { isWorker } from '../harness/program.js';
import { startTestServer, type TestServer } from '../harness/server.js';
import type { Operation } from './support/api-document.js';
import { asPerson, call, invite, jsonOf, newEmail, openWorld } from './support/api-world.js';
import { readMetrics } from './support/metrics.js';
import { expectError, type Reply } from './support/serve-request.js';

// Guessing and flooding, from addresses of this machine that no other test uses.
const world = await openWorld();
const { server, document, owner, outsider } = world;

const LONG_MS = 120_000;
/** Has the password of a person with a second factor. */
const signingIn = openBrowser(server);
{
  const person = await invite(server, owner, newEmail('careful'));
  const { email, password } = person;
  await turnOnSecondFactor(person);
  await signingIn.json('POST', '/v1/auth/sign-in', { email, password });
}
const operation = (id: string): Operation => {
  const found = document.operations.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no operation ${id}`);
  return found;
};

let addresses = 0;
/** An unused address. */
const newAddress = () => {
  addresses += 1;
  return `127.44.${addresses >> 8}.${addresses & 255}`;
};

interface Guess {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly from: string;
  readonly signal?: AbortSignal;
  readonly params?: Readonly<Record<string, string>>;
}

const guess = (id: string, options: Guess): Promise<Reply> =>
  call(server.url, operation(id), options);

/** Repeats a request, partly concurrently; returns how many were allowed, and the refusals. */
async function tries(times: number, attempt: (count: number) => Promise<Reply>) {
  const replies: Reply[] = [];
  for (let count = 0; count < times; count += 6) {
    const together = Array.from({ length: Math.min(6, times - count) }, (_, i) => count + i);
    replies.push(...(await Promise.all(together.map(attempt))));
  }
  const refused = replies.filter(({ status }) => status === 429);
  return { through: replies.length - refused.length, refused };
}

function expectLimited(id: string, { refused }: { readonly refused: readonly Reply[] }): void {
  expect(refused.length).toBeGreaterThan(0);
  for (const reply of refused) {
    expectError(reply, 429, 'too_many_attempts');
    document.check(operation(id), reply);
    expect(Number(reply.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(Number(reply.headers['retry-after'])).toBeLessThanOrEqual(900);
  }
}

const wrongCode = (count: number) => ({ userCode: `BBBB-BB${String.fromCharCode(65 + count)}B` });

/** A guess for each limited operation, and how many are allowed from one address. */
const LIMITED: Readonly<
  Record<string, { readonly most: number; readonly next: (count: number) => Omit<Guess, 'from'> }>
> = {
  checkInvitation: { most: 30, next: (count) => ({ body: { token: `guess-${count}` } }) },
  acceptInvitation: {
    most: 30,
    next: (count) => ({
      body: { token: `guess-${count}`, email: 'a@example.com', password: 'x'.repeat(12) },
    }),
  },
  joinProject: {
    most: 30,
    next: (count) => ({ headers: asPerson(server, outsider), body: { token: `guess-${count}` } }),
  },
  signIn: {
    most: 30,
    next: (count) => ({ body: { email: `nobody-${count}@example.com`, password: 'guess' } }),
  },
  checkPasswordReset: { most: 30, next: (count) => ({ body: { token: `guess-${count}` } }) },
  acceptPasswordReset: {
    most: 30,
    next: (count) => ({ body: { token: `guess-${count}`, password: 'x'.repeat(12) } }),
  },
  changePassword: {
    most: 10,
    next: () => ({
      headers: asPerson(server, outsider),
      body: { currentPassword: 'a wrong one', newPassword: 'x'.repeat(12) },
    }),
  },
  confirmSignIn: {
    most: 10,
    next: () => ({ headers: asPerson(server, signingIn), body: { code: 'a wrong one' } }),
  },
  prepareSecondFactor: {
    most: 10,
    next: () => ({ headers: asPerson(server, outsider), body: { password: 'a wrong one' } }),
  },
  enableSecondFactor: {
    most: 10,
    next: () => ({ headers: asPerson(server, outsider), body: { code: 'a wrong one' } }),
  },
  renewBackupCodes: {
    most: 10,
    next: () => ({
      headers: asPerson(server, outsider),
      body: { password: 'a wrong one', code: '123456' },
    }),
  },
  disableSecondFactor: {
    most: 10,
    next: () => ({
      headers: asPerson(server, outsider),
      body: { password: 'a wrong one', code: '123456' },
    }),
  },
  requestDevice: { most: 20, next: () => ({ body: { name: 'a flood' } }) },
  pollDevice: { most: 600, next: (count) => ({ body: { device_code: `guess-${count}` } }) },
  lookUpDevice: {
    most: 10,
    next: (count) => ({ headers: asPerson(server, owner), body: wrongCode(count) }),
  },
  approveDevice: {
    most: 10,
    next: (count) => ({ headers: asPerson(server, owner), body: wrongCode(count) }),
  },
  denyDevice: {
    most: 10,
    next: (count) => ({ headers: asPerson(server, owner), body: wrongCode(count) }),
  },
  checkProjectName: {
    most: 120,
    next: (count) => ({ headers: asPerson(server, owner), params: { name: `guess-${count}` } }),
  },
};

describe('guessing from one address', () => {
  const limited = document.operations.filter(({ errors }) => {
    return errors['429']?.includes('too_many_attempts');
  });

  it('is tested for every rate-limited operation', () => {
    expect(Object.keys(LIMITED).toSorted()).toEqual(limited.map(({ id }) => id).toSorted());
  });

  // Hundreds of requests take the Worker several seconds; it counts them as it counts the others.
  const isTried = (most: number) => shortOrLong(!isWorker() || most < 100, true);
  it.each(Object.entries(LIMITED).filter(([, { most }]) => isTried(most)))(
    'is limited: %s',
    async (id, { most, next }) => {
      const from = newAddress();
      const result = await tries(most + 6, (count) => {
        // Headers of a client do not change its address.
        const headers = { 'X-Forwarded-For': newAddress(), Forwarded: `for=${newAddress()}` };
        const { headers: own, ...others } = next(count);
        return guess(id, { ...others, headers: { ...headers, ...own }, from });
      });
      expect(result.through).toBeLessThanOrEqual(most);
      expectLimited(id, result);
    },
    LONG_MS,
  );

  it('does not block clients from other addresses', async () => {
    const { email, password } = owner;
    const reply = await guess('signIn', { body: { email, password }, from: newAddress() });
    expect(reply.status).toBe(200);
  });
});

describe('guessing a password', () => {
  const PER_HOUR = 100;
  const signIn = (
    { email, password }: { readonly email: string; readonly password: string },
    from: string,
    cookie = '',
  ) => guess('signIn', { body: { email, password }, from, headers: { Cookie: cookie } });

  it('from one address does not lock the person out elsewhere', async () => {
    const person = await invite(server, owner, newEmail('person'));
    for (const email of [person.email, 'none@example.com']) {
      const from = newAddress();
      const spellings = [email, email.toUpperCase(), ` ${email} `];
      const wrong = await tries(16, (count) =>
        signIn({ email: spellings[count % 3] ?? '', password: `guess ${count}` }, from),
      );
      expect(wrong.through).toBe(10);
      expectLimited('signIn', wrong);
      // Now even a correct guess reveals nothing.
      expect((await signIn({ email, password: person.password }, from)).status).toBe(429);
    }
    expect((await signIn(person, newAddress())).status).toBe(200);
  });

  // A hundred passwords to check take ten seconds. A unit test has smaller limits.
  it.each(shortOrLong([], ['except in known browsers']))(
    'from many addresses is limited by the email, %s',
    async () => {
      const victim = await invite(server, owner, newEmail('victim'));
      const addresses = Array.from({ length: 20 }, newAddress);
      const wrong = await tries(PER_HOUR + 6, (count) =>
        signIn({ ...victim, password: `guess ${count}` }, addresses[count % 20] ?? ''),
      );
      expect(wrong.through).toBe(PER_HOUR);
      for (const reply of wrong.refused) expectError(reply, 429, 'too_many_attempts');
      expect((await signIn(victim, newAddress())).status).toBe(429);
      // Sessions continue to work, and the person gets in where they have signed in before.
      await victim.json('GET', '/v1/auth/me');
      const cookie = victim.cookie();
      expect(cookie).toMatch(/aura_known=[^;]+/);
      expect((await signIn(victim, newAddress(), cookie)).status).toBe(200);
    },
    LONG_MS,
  );

  it(
    'gets the same answer for a wrong password as for an email that nobody has',
    async () => {
      const from = newAddress();
      const answer = async (email: string) => {
        const { status, headers, body } = await guess('signIn', {
          body: { email, password: 'a wrong one' },
          from,
        });
        const { date, 'x-request-id': id, ...others } = headers;
        expect([typeof date, typeof id]).toEqual([
          isSimulated('date') ? 'undefined' : 'string',
          'string',
        ]);
        return [status, others, body.toString()];
      };
      expect(await answer(owner.email)).toEqual(await answer('nobody-at-all@example.com'));
    },
    LONG_MS,
  );
});

// The metrics say how many wait.
if (!differs('metrics'))
  describe('a flood of guesses', () => {
    let slow: TestServer;
    beforeAll(async () => {
      slow = await startTestServer({ slowHashes: true, env: { AURA_LOG_LEVEL: 'warn' } });
    });
    afterAll(() => slow?.kill());

    it('neither delays a known browser, nor goes on when its clients leave', async () => {
      const person = await signUp(slow);
      const waiting = async () => (await readMetrics(slow)).sum('aura_password_hashes_waiting');
      const signIn = (body: object, options: Omit<Guess, 'body'>) =>
        call(slow.url, operation('signIn'), { body, ...options });
      const clients = Array.from({ length: 90 }, () => new AbortController());
      const flood = clients.map(({ signal }, count) => {
        const body = { email: `nobody-${count}@example.com`, password: 'guess' };
        return signIn(body, { from: newAddress(), signal });
      });
      const ends = Promise.allSettled(flood);
      const refused = await Promise.race(
        flood.map(async (reply) => {
          const { status } = await reply;
          return status === 503 ? reply : new Promise<never>(() => {});
        }),
      );
      expectError(refused, 503, 'sign_in_busy');
      document.check(operation('signIn'), refused);
      await expect.poll(waiting).toBeGreaterThan(40);
      const { email, password } = person;
      const known = { from: newAddress(), headers: { Cookie: person.cookie() } };
      expect((await signIn({ email, password }, known)).status).toBe(200);
      expect(await waiting()).toBeGreaterThan(20);
      for (const client of clients) client.abort();
      await ends;
      // To check forty passwords takes several seconds.
      await expect.poll(waiting).toBe(0);
    });
  });

describe('guessing the codes of devices', () => {
  it('fails after ten wrong codes, from any addresses', async () => {
    const person = await invite(server, owner, newEmail('curious'));
    const headers = asPerson(server, person);
    const asked = await guess('requestDevice', { body: { name: 'mine' }, from: newAddress() });
    const { user_code: userCode, device_code } = jsonOf<Record<string, string>>(asked);
    const wrong = await tries(12, (count) => {
      return guess('lookUpDevice', { headers, body: wrongCode(count), from: newAddress() });
    });
    expect(wrong.through).toBe(10);
    const approve = { headers, body: { userCode }, from: newAddress() };
    expectError(await guess('approveDevice', approve), 429, 'too_many_attempts');
    const poll = await guess('pollDevice', { body: { device_code }, from: newAddress() });
    expect(poll.headers['x-aura-error']).toBe('authorization_pending');
  });

  it('is slowed down by polling too fast', async () => {
    const from = newAddress();
    const asked = await guess('requestDevice', { body: { name: 'impatient' }, from });
    const { device_code } = jsonOf<Record<string, string>>(asked);
    const intervals: unknown[] = [];
    for (let count = 0; count < 4; count++) {
      const reply = await guess('pollDevice', { body: { device_code }, from });
      intervals.push(jsonOf(reply)['interval']);
    }
    expect(intervals).toEqual([undefined, 10, 15, 20]);
  });
});
