import { afterAll, describe, expect, it } from 'vitest';
import {
  type Browser,
  openBrowser,
  type Person,
  signUp,
  turnOnSecondFactor,
} from '../harness/control.js';
import { CLIENT, startTestProvider } from '../harness/openid-provider.js';
import { startTestServer } from '../harness/server.js';
import { invite } from './support/api-world.js';

// Sign-in at a real provider, through the server's own routes. Each test has people of its own.

const CALLBACK = '/v1/auth/sign-in/provider/callback';
const real = await startTestProvider();
const server = await startTestServer({
  env: {
    AURA_OIDC_ISSUER: real.issuer,
    AURA_OIDC_CLIENT_ID: CLIENT.id,
    AURA_OIDC_CLIENT_SECRET: CLIENT.secret,
    AURA_OIDC_EMAILS: 'example.com',
  },
});
const owner = await signUp(server);
const project = server.credentials.projectName;
real.serve(server.appUrl + CALLBACK);
afterAll(async () => {
  await server.kill();
  await real.close();
});

/** What no log may have, nor any page's address. */
const secrets = new Set<string>([CLIENT.secret]);
afterAll(() => {
  expect(secrets.size).toBeGreaterThan(50);
  for (const secret of secrets) expect(server.log()).not.toContain(secret);
  expect(server.log()).not.toContain('eyJ');
});

const begin = async (browser: Browser, invitation?: string): Promise<string> => {
  const body = invitation === undefined ? {} : { invitation };
  const { url } = await browser.json<{ url: string }>('POST', '/v1/auth/sign-in/provider', body);
  return url;
};

/** Comes back from the provider. @returns the page that opens, without the origin */
async function comeBack(browser: Browser, address: string): Promise<string> {
  const { origin, pathname, search, searchParams } = new URL(address);
  expect(origin + pathname).toBe(server.appUrl + CALLBACK);
  const used = [searchParams.get('code'), searchParams.get('state')];
  for (const value of [...used, ...browser.cookies().map(([, value]) => value)]) {
    // Shorter ones are made up by a test, and occur in other words.
    if (value !== null && value.length >= 20) secrets.add(value);
  }
  const response = await browser.visit(pathname + search);
  expect(response.status).toBe(303);
  expect(response.headers.get('cache-control')).toContain('no-store');
  const location = response.headers.get('location') ?? '';
  expect(location.startsWith(`${server.appUrl}/dashboard/`)).toBe(true);
  return location.slice(`${server.appUrl}/dashboard/`.length);
}

/** Signs in at the provider, from the button to the page that opens. */
async function signIn(login: string, invitation?: string, browser = openBrowser(server)) {
  const page = await comeBack(browser, await real.walk(await begin(browser, invitation), login));
  return { browser, page };
}

async function connect(person: Person, login = person.email): Promise<string> {
  const { password } = person;
  const { url } = await person.json<{ url: string }>('POST', '/v1/auth/me/provider', { password });
  return comeBack(person, await real.walk(url, login));
}

const me = (browser: Browser) =>
  browser.json<{ email: string; accountId: string; role: string; name: string }>(
    'GET',
    '/v1/auth/me',
  );
const statusOf = async (browser: Browser) => (await browser.send('GET', '/v1/auth/me')).status;
const refusedWith = (code: string) => `sign-in?provider=${code}`;
const tokenOf = (link: string) => new URL(link).searchParams.get('token') ?? '';
const idOf = async (email: string) => {
  const { people } = await owner.json<{ people: { id: string; email: string }[] }>(
    'GET',
    '/v1/people',
  );
  return people.find((person) => person.email === email)?.id;
};
/** As an administrator makes it. */
const resetLink = async (email: string) => {
  const path = `/v1/people/${await idOf(email)}/reset-password`;
  return (await owner.json<{ url: string }>('POST', path)).url;
};
const newInvitation = async (email?: string) => {
  const body = email === undefined ? {} : { email };
  return tokenOf((await owner.json<{ url: string }>('POST', '/v1/auth/invitations', body)).url);
};
describe('whoever the settings admit', () => {
  it('gets an account with the first sign-in, and the same one with the next', async () => {
    const { browser, page } = await signIn('first@example.com');
    expect(page).toBe('sign-in?provider=account_created');
    const created = await me(browser);
    expect(created).toMatchObject({ email: 'first@example.com', role: 'member', name: 'Somebody' });
    expect(
      browser
        .cookies()
        .map(([name]) => name)
        .toSorted(),
    ).toEqual(['aura_known', 'aura_session']);
    const again = await signIn('first@example.com');
    expect(again.page).toBe('sign-in?provider=signed_in');
    expect(await me(again.browser)).toEqual(created);
    const { methods } = await browser.json<{ methods: string[] }>('GET', '/v1/auth/me/methods');
    expect(methods).toContain('provider');
  });

  it('gets one account when two accounts at the provider have the email and come at once', async () => {
    const pages = await Promise.all(
      ['a|twice@example.com', 'b|twice@example.com'].map(
        async (login) => (await signIn(login)).page,
      ),
    );
    expect(pages.toSorted()).toEqual([
      'sign-in?provider=account_created',
      refusedWith('provider_not_connected'),
    ]);
  });

  it('gets none with an email that the provider has not verified, invited or not', async () => {
    for (const invitation of [undefined, await newInvitation()]) {
      const { browser, page } = await signIn('unverified@example.com', invitation);
      expect(page).toBe(refusedWith('provider_email_unverified'));
      expect(await statusOf(browser)).toBe(401);
    }
  });
});

describe('an account with a password', () => {
  it('is not entered by who has its email at the provider, until its person connects it', async () => {
    const ada = await invite(server, owner, 'ada@example.com');
    const other = await signIn('ada@example.com');
    expect(other.page).toBe(refusedWith('provider_not_connected'));
    expect(await statusOf(other.browser)).toBe(401);
    expect(await me(ada)).toMatchObject({ email: 'ada@example.com' });
    const { password } = ada;
    const wrong = await ada.send('POST', '/v1/auth/me/provider', { password: `${password}x` });
    expect(wrong.headers.get('x-aura-error')).toBe('password_wrong');
    expect(await connect(ada, 'bob@example.com')).toBe('account?provider=provider_email_differs');
    expect(await connect(ada, 'x|ada@example.com')).toBe('account?provider=connected');
    expect(await connect(ada)).toBe('account?provider=provider_not_connected');
    const back = await signIn('x|ada@example.com');
    expect((await me(back.browser)).accountId).toBe((await me(ada)).accountId);
    expect((await signIn('ada@example.com')).page).toBe(refusedWith('provider_not_connected'));
    const { entries } = await ada.json<{ entries: object[] }>('GET', '/v1/audit');
    expect(entries).toContainEqual(
      expect.objectContaining({
        action: 'account.provider_linked',
        actor: { kind: 'session', name: 'ada@example.com' },
        details: { provider: new URL(real.issuer).host },
      }),
    );
  });

  it('is not connected with an unverified email', async () => {
    const person = await invite(server, owner, 'unverified-2@example.com');
    expect(await connect(person)).toBe('account?provider=provider_email_unverified');
  });

  it('is connected in the session that has begun it only', async () => {
    const carl = await invite(server, owner, 'carl@example.com');
    const { password } = carl;
    const body = { password };
    const { url } = await carl.json<{ url: string }>('POST', '/v1/auth/me/provider', body);
    const address = await real.walk(url, 'carl@example.com');
    const flow = new Map(carl.cookies()).get('aura_provider') ?? '';
    const eve = await invite(server, owner, 'eve@example.com');
    eve.plant('aura_provider', flow);
    expect(await comeBack(eve, address)).toBe('account?provider=sign_in_expired');
    expect((await signIn('carl@example.com')).page).toBe(refusedWith('provider_not_connected'));
  });

  it('asks for the second factor after the provider, too', async () => {
    const dora = await invite(server, owner, 'dora@example.com');
    await connect(dora);
    const { backupCodes } = await turnOnSecondFactor(dora);
    const { browser, page } = await signIn('dora@example.com');
    expect(page).toBe('sign-in?provider=second_factor');
    expect(browser.cookies().map(([name]) => name)).toEqual(['aura_pending']);
    expect(await statusOf(browser)).toBe(401);
    const [code] = backupCodes;
    await browser.json('POST', '/v1/auth/sign-in/second-factor', { code });
    expect(await me(browser)).toMatchObject({ email: 'dora@example.com' });
  });

  it('loses the connection, and the sessions from it, with a reset of the password', async () => {
    const finn = await invite(server, owner, 'finn@example.com');
    await connect(finn);
    const { browser } = await signIn('finn@example.com');
    const link = await resetLink(finn.email);
    expect(await statusOf(browser)).toBe(401);
    expect((await signIn('finn@example.com')).page).toBe(refusedWith('provider_not_connected'));
    const body = { token: tokenOf(link), password: 'twelve or more characters' };
    await browser.json('POST', '/v1/auth/password-resets/accept', body);
    expect(await connect({ ...finn, ...browser, password: body.password })).toBe(
      'account?provider=connected',
    );
  });

  it('is gone for the provider, too, when its person is removed', async () => {
    const { browser } = await signIn('gina@example.com');
    const { accountId } = await me(browser);
    await owner.json('DELETE', `/v1/people/${await idOf('gina@example.com')}`);
    expect(await statusOf(browser)).toBe(401);
    const again = await signIn('gina@example.com');
    expect(again.page).toBe('sign-in?provider=account_created');
    expect((await me(again.browser)).accountId).not.toBe(accountId);
  });
});

describe('an invitation', () => {
  it('lets in whom the settings do not admit', async () => {
    const stranger = await signIn('hal@other.example');
    expect(stranger.page).toBe(refusedWith('provider_person_unknown'));
    const bound = await newInvitation('somebody@other.example');
    expect((await signIn('hal@other.example', bound)).page).toBe(refusedWith('email_invalid'));
    const token = await newInvitation('hal@other.example');
    const { browser, page } = await signIn('hal@other.example', token);
    expect(page).toBe('sign-in?provider=account_created');
    expect(await me(browser)).toMatchObject({ email: 'hal@other.example' });
    expect((await signIn('ina@other.example', token)).page).toBe(refusedWith('invitation_invalid'));
  });

  it('to a project makes a member of whoever gets an account with it', async () => {
    const token = await inviteToProject('jo@other.example');
    const { browser, page } = await signIn('jo@other.example', token);
    expect(page).toBe('sign-in?provider=account_created');
    expect(await projectsOf(browser)).toContain(project);
  });

  it('to a project is still open for somebody who has an account, with a second factor or not', async () => {
    const kim = await invite(server, owner, 'kim@example.com');
    await connect(kim);
    const { backupCodes } = await turnOnSecondFactor(kim);
    const token = await inviteToProject('kim@example.com');
    const { browser, page } = await signIn('kim@example.com', token);
    expect(page).toBe('sign-in?provider=second_factor');
    const [code] = backupCodes;
    await browser.json('POST', '/v1/auth/sign-in/second-factor', { code });
    await browser.json('POST', '/v1/auth/invitations/join', { token });
    expect(await projectsOf(browser)).toContain(project);
  });

  const inviteToProject = async (email: string) => {
    const path = `/v1/projects/${project}/invitations`;
    const made = await owner.json<{ url: string }>('POST', path, { email, role: 'viewer' });
    return tokenOf(made.url);
  };
  const projectsOf = async (browser: Browser) => {
    const path = '/v1/projects';
    const { projects } = await browser.json<{ projects: { projectName: string }[] }>('GET', path);
    return projects.map(({ projectName }) => projectName);
  };
});

describe('a sign-in', () => {
  const EXPIRED = refusedWith('sign_in_expired');

  it('is kept in a cookie for the sign-in only, which ends with it', async () => {
    const response = await openBrowser(server).send('POST', '/v1/auth/sign-in/provider');
    const [cookie = ''] = response.headers.getSetCookie();
    expect(cookie).toMatch(/^aura_provider=[^;]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/);
    const { url } = (await response.json()) as { url: string };
    expect(url).not.toContain(/=([^.;]+)/.exec(cookie)?.[1]);
    const scopes = new URL(url).searchParams.get('scope');
    expect(scopes).toBe('openid email profile');
  });

  it('works once, in the browser that has begun it, with its own state', async () => {
    const browser = openBrowser(server);
    const address = await real.walk(await begin(browser), 'lea@example.com');
    const cookie = new Map(browser.cookies()).get('aura_provider') ?? '';
    expect(await comeBack(openBrowser(server), address)).toBe(EXPIRED);
    const other = openBrowser(server);
    await begin(other);
    expect(await comeBack(other, address)).toBe(EXPIRED);
    const forged = address.replace(/state=[^&]+/, 'state=x');
    browser.plant('aura_provider', cookie);
    expect(await comeBack(browser, forged)).toBe(EXPIRED);
    browser.plant('aura_provider', cookie);
    expect(await comeBack(browser, address)).toBe('sign-in?provider=account_created');
    expect(await comeBack(browser, address)).toBe(EXPIRED);
    const replay = openBrowser(server);
    replay.plant('aura_provider', cookie);
    expect(await comeBack(replay, address)).toBe(EXPIRED);
    expect(await statusOf(replay)).toBe(401);
  });

  it('is not begun by a page of another site', async () => {
    const headers = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' };
    const browser = openBrowser(server);
    const response = await browser.send('POST', '/v1/auth/sign-in/provider', {}, headers);
    expect(response.status).toBe(403);
    expect(response.headers.has('set-cookie')).toBe(false);
  });

  it('ends on a page that says what the provider has refused', async () => {
    const browser = openBrowser(server);
    const page = await comeBack(browser, await real.decline(await begin(browser)));
    expect(page).toBe('sign-in?provider=provider_refused&reason=access_denied');
  });

  it('ends on a page, too, when the provider cannot be reached', async () => {
    const browser = openBrowser(server);
    const address = await real.walk(await begin(browser), 'mia@example.com');
    await real.close();
    expect(await comeBack(browser, address)).toBe(refusedWith('provider_unavailable'));
    await expect.poll(server.log).toMatch(/sign-in provider: /);
    expect(await me(owner)).toMatchObject({ email: owner.email });
  });
});
