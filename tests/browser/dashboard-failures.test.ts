import { readdir, readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { deviceToken, openBrowser, type Person, signUp } from '../harness/control.js';
import { shortOrLong } from '../harness/long.js';
import { resetPassword } from '../harness/server.js';
import { upload } from '../harness/upload.js';
import { BROWSER_START_MS } from './support/browser.js';
import { BLANK, goAnew, openStage, type Stage } from './support/dashboard.js';
import { type Facts, failingRequests } from './support/failing-requests.js';
import type { FailingRequest } from './support/failing-steps.js';
import {
  announced,
  breakRequests,
  FAILURES,
  type Failure,
  SESSION_ENDED,
} from './support/failures.js';

const CASE_MS = 120_000;
const API = new URL('../../apps/dashboard/src/api/', import.meta.url);

let stage: Stage;
let owner: Person;
/** A page whose requests fail. */
interface Opened {
  readonly page: Page;
  readonly requests: Awaited<ReturnType<typeof breakRequests>>;
}
/** For all requests with a session. */
let signedIn: Opened;
/** For those without. */
let anonymous: Opened;
const facts: Facts = {
  key: '',
  link: '',
  resetLink: '',
  codeToLookUp: '',
  codeToAnswer: '',
  joinLink: '',
  member: '',
  webhook: '',
  picture: Buffer.alloc(0),
};
const CASES = failingRequests(facts);

beforeAll(async () => {
  stage = await openStage({ AURA_WEBHOOK_NETWORKS: '127.0.0.1' });
  owner = await stage.owner();
  facts.picture = await drawing(60, 45).png().toBuffer();
  facts.key = (await upload(stage.server, facts.picture, 'private', 'failing.png')).key;
  facts.link = (await owner.json<{ url: string }>('POST', '/v1/auth/invitations', {})).url;
  const invited = await owner.json<{ url: string }>('POST', '/v1/auth/invitations', {});
  const member = await signUp(stage.server, 'forgetful@example.com', invited.url);
  facts.member = member.email;
  const { url } = await invite('editor');
  const token = new URL(url).searchParams.get('token');
  await member.json('POST', '/v1/auth/invitations/join', { token });
  facts.joinLink = (await invite('viewer')).url;
  facts.resetLink = await resetPassword(stage.server, member.email);
  const webhooks = '/v1/projects/my-app/webhooks';
  const webhook = { url: 'http://127.0.0.1:65535/hook' };
  facts.webhook = (await owner.json<{ id: string }>('POST', webhooks, webhook)).id;
  await owner.json('POST', `${webhooks}/${facts.webhook}/test`);
  await owner.json('POST', '/v1/projects/my-app/secret-keys', { name: 'production' });
  await owner.json('PUT', '/v1/projects/my-app/presets/card', { transform: 'w=32' });
  await owner.json('POST', '/v1/projects/my-app/recipients/revoke', { sub: 'customer:42' });
  await owner.json('POST', '/v1/projects/my-app/serve-secret/rotate', { graceSeconds: 3600 });
  await deviceToken(stage.server, owner, 'a laptop');
  await openBrowser(stage.server).json('POST', '/v1/auth/sign-in', {
    email: owner.email,
    password: owner.password,
  });
  for (const use of ['codeToLookUp', 'codeToAnswer'] as const) {
    const asked = { name: `aura for the ${use}` };
    const device = openBrowser(stage.server).json<{ user_code: string }>(
      'POST',
      '/v1/auth/device/code',
      asked,
    );
    facts[use] = (await device).user_code;
  }
  const me = await owner.json('GET', '/v1/auth/me');
  const [page, visitor] = [await stage.visitAs(owner, BLANK), await stage.visit(BLANK)];
  signedIn = { page, requests: await breakRequests(page, me) };
  anonymous = { page: visitor, requests: await breakRequests(visitor, null) };
}, BROWSER_START_MS);
afterAll(() => stage?.close());

/** An invitation to the project. */
const invite = (role: string) =>
  owner.json<{ url: string }>('POST', '/v1/projects/my-app/invitations', { role });

/** Every call of the API client. A new call must be added to the table of failing requests. */
async function requestsOfTheDashboard(): Promise<string[]> {
  const files = (await readdir(API)).filter((name) => /^[a-z-]+\.ts$/.test(name));
  const sources = await Promise.all(files.map((name) => readFile(new URL(name, API), 'utf8')));
  const calls = sources.flatMap((text) => [...text.matchAll(/api\.([A-Z]+)\(\s*'([^']+)'/g)]);
  return [...new Set(calls.map(([, method, path]) => `${method} ${path}`))].sort();
}

const ALL = Object.values(CASES).flat();

/** An expired session is tried for one request of so many. */
const SESSIONS_EVERY = shortOrLong(6, 1);

/**
 * Every request that follows something typed is tried, and one in so many of the others: what differs among those is
 * the place of the message.
 */
const OTHERS_EVERY = shortOrLong(5, 1);

function isTried(one: FailingRequest): boolean {
  return one.kept !== undefined || ALL.indexOf(one) % OTHERS_EVERY === 0;
}

/** One kind of failure in turn, and an expired session. The page handles all kinds by the same code. */
function failuresOf(one: FailingRequest): readonly Failure[] {
  const at = ALL.indexOf(one);
  const failure = FAILURES[at % FAILURES.length] as Failure;
  return at % SESSIONS_EVERY === 0 ? [failure, SESSION_ENDED] : [failure];
}

const urlOf = (path: string) => new URL(path, stage.server.appUrl);

async function signInAgain(page: Page): Promise<void> {
  const again = page.getByRole('dialog', { name: 'Sign in to continue' });
  await again.getByLabel('Password').fill('whatever it is');
  await again.getByRole('button', { name: 'Sign in' }).click();
  await again.waitFor({ state: 'detached' });
}

describe('a failed request is explained with a next step, and nothing typed is lost', () => {
  it('for every request of the dashboard', async () => {
    const requests = await requestsOfTheDashboard();
    expect(requests.length).toBeGreaterThan(35);
    const covered = Object.values(CASES).flatMap((cases) => cases.map(({ request }) => request));
    expect([...new Set(covered)].sort()).toEqual(requests);
  });

  describe.each(Object.entries(CASES))('in %s', (_, cases) => {
    it.each(cases.filter(isTried))('$request', { timeout: CASE_MS }, async (one) => {
      const { request, path, prepare, make, kept, typed } = one;
      // A session cannot expire before sign-in, and the route guard redirects instead: see the tests of
      // access.
      const isGuard = request === 'GET /v1/auth/me';
      const { page, requests } = one.isAnonymous ? anonymous : signedIn;
      await requests.mend();
      if (make && one.isAnonymous) await page.goto(urlOf(path()).href);
      else if (make) await goAnew(page, urlOf(path()));
      await prepare?.(page);
      for (const failure of failuresOf(one)) {
        const endsSession = failure === SESSION_ENDED;
        if (endsSession && (one.isAnonymous || isGuard)) continue;
        if (make) await announced(page, failure.says).waitFor({ state: 'hidden' });
        await requests.break(request, failure);
        if (make) await make(page);
        else if (!endsSession) await page.goto(urlOf(path()).href);
        // An automatic retry may already have opened the sign-in dialog on top.
        else await page.getByRole('button', { name: 'Try again' }).first().dispatchEvent('click');
        await announced(page, failure.says).waitFor();
        // Not earlier: an automatic retry would succeed, and there would be nothing to retry.
        if (endsSession && !one.hasSignIn) {
          await requests.mend();
          await signInAgain(page);
        }
        if (kept) {
          expect(await kept(page), failure.name).toEqual(
            typeof typed === 'function' ? typed() : typed,
          );
        }
      }
      await page.unrouteAll();
    });
  });

  it('the browser reports no errors', () => {
    expect(stage.complaints).toEqual([]);
  });
});
