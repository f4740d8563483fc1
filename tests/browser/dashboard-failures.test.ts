import { readdir, readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { deviceToken, openBrowser, type Person } from '../harness/control.js';
import { upload } from '../harness/upload.js';
import { BROWSER_START_MS } from './support/browser.js';
import { openStage, type Stage } from './support/dashboard.js';
import { announced, breakRequests, FAILURES } from './support/failures.js';

const CASE_MS = 120_000;
const API = new URL('../../apps/dashboard/src/api/', import.meta.url);

interface Case {
  /** As the API's description has it. */
  readonly request: string;
  /** The page that makes it. */
  readonly path: () => string;
  /** Leads to the point at which the request is made; without it the page itself makes it. */
  readonly prepare?: (page: Page) => Promise<void>;
  /** Makes it; after the first failure as well. */
  readonly make?: (page: Page) => Promise<void>;
  /** What was typed, read from the page; it is what {@link Case.typed} says, whatever failed. */
  readonly kept?: (page: Page) => Promise<unknown>;
  readonly typed?: unknown;
  /** Nobody is signed in who could be signed out. */
  readonly isAnonymous?: true;
}

let stage: Stage;
let owner: Person;
let picture: Buffer;
let key: string;
let link: string;
let me: unknown;
const userCode = { lookup: '', answer: '' };

beforeAll(async () => {
  stage = await openStage();
  owner = await stage.owner();
  me = await owner.json('GET', '/v1/auth/me');
  picture = await drawing(60, 45).png().toBuffer();
  key = (await upload(stage.server, picture, 'private', 'failing.png')).key;
  link = (await owner.json<{ url: string }>('POST', '/v1/auth/invitations', {})).url;
  await owner.json('POST', '/v1/projects/my-app/secret-keys', { name: 'production' });
  await owner.json('POST', '/v1/projects/my-app/serve-secret/rotate', { graceSeconds: 3600 });
  await deviceToken(stage.server, owner, 'a laptop');
  await openBrowser(stage.server).json('POST', '/v1/auth/sign-in', {
    email: owner.email,
    password: owner.password,
  });
  for (const use of ['lookup', 'answer'] as const) {
    const asked = { name: `aura for the ${use}` };
    const device = openBrowser(stage.server).json<{ user_code: string }>(
      'POST',
      '/v1/auth/device/code',
      asked,
    );
    userCode[use] = (await device).user_code;
  }
}, BROWSER_START_MS);
afterAll(() => stage?.close());

const at = (path: string) => () => path;
const click = (name: string | RegExp) => async (page: Page) => {
  await page.getByRole('button', { name, exact: true }).first().click();
};
const confirm = (name: string | RegExp) => (page: Page) =>
  page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
const field = (label: string) => (page: Page) => page.getByLabel(label, { exact: true }).first();
const fill = (label: string, text: string) => (page: Page) => field(label)(page).fill(text);
const value = (label: string) => (page: Page) => field(label)(page).inputValue();

const ACCOUNT = at('/dashboard/account');
const PROJECTS = at('/dashboard');
const PROJECT = at('/dashboard/projects/my-app');
const SETTINGS = at('/dashboard/projects/my-app/settings');
const IMAGE = () => `/dashboard/projects/my-app/images/${key}`;

/** Each request that the dashboard makes, by the part of it that makes them. */
const CASES: Readonly<Record<string, readonly Case[]>> = {
  'before sign-in': [
    {
      request: 'POST /v1/auth/sign-in',
      path: PROJECTS,
      prepare: async (page) => {
        await fill('Email', 'ada@example.com')(page);
        await fill('Password', 'typed once')(page);
      },
      make: click('Sign in'),
      kept: async (page) => [await value('Email')(page), await value('Password')(page)],
      typed: ['ada@example.com', 'typed once'],
      isAnonymous: true,
    },
    { request: 'POST /v1/auth/invitations/check', path: () => link, isAnonymous: true },
    {
      request: 'POST /v1/auth/invitations/accept',
      path: () => link,
      prepare: async (page) => {
        await fill('Email', 'bob@example.com')(page);
        await fill('Choose a password', 'four words of mine')(page);
      },
      make: click('Create account'),
      kept: async (page) => [await value('Email')(page), await value('Choose a password')(page)],
      typed: ['bob@example.com', 'four words of mine'],
      isAnonymous: true,
    },
  ],
  'the account': [
    { request: 'GET /v1/auth/sessions', path: ACCOUNT },
    { request: 'GET /v1/auth/cli-tokens', path: ACCOUNT },
    { request: 'GET /v1/auth/invitations', path: ACCOUNT },
    {
      request: 'POST /v1/auth/me/password',
      path: ACCOUNT,
      prepare: async (page) => {
        await fill('Current password', 'the one of now')(page);
        await fill('New password', 'the one of later')(page);
      },
      make: click('Change password'),
      kept: async (page) => [
        await value('Current password')(page),
        await value('New password')(page),
      ],
      typed: ['the one of now', 'the one of later'],
    },
    { request: 'DELETE /v1/auth/sessions/{id}', path: ACCOUNT, make: click(/^End session/) },
    {
      request: 'DELETE /v1/auth/cli-tokens/{id}',
      path: ACCOUNT,
      prepare: click('Revoke a laptop'),
      make: confirm('Revoke token'),
    },
    {
      request: 'POST /v1/auth/invitations',
      path: ACCOUNT,
      prepare: fill('Email (optional)', 'guest@example.com'),
      make: click('Make a link'),
      kept: value('Email (optional)'),
      typed: 'guest@example.com',
    },
    { request: 'DELETE /v1/auth/invitations/{id}', path: ACCOUNT, make: click(/^Withdraw/) },
    {
      request: 'POST /v1/auth/sign-out',
      path: ACCOUNT,
      make: async (page) => {
        await click(/^Account menu/)(page);
        await page.getByRole('menuitem', { name: 'Sign out' }).click();
      },
    },
  ],
  'the list of projects': [
    { request: 'GET /v1/auth/me', path: PROJECTS },
    { request: 'GET /v1/projects', path: PROJECTS },
    { request: 'GET /v1/deletions', path: PROJECTS },
    {
      request: 'GET /v1/project-names/{name}',
      path: PROJECTS,
      prepare: async (page) => {
        await click('New project')(page);
        await fill('Name', 'next-app')(page);
      },
      // Each name is looked up as it is typed.
      make: async (page) => {
        await page.getByLabel('Name').press('End');
        await page.getByLabel('Name').pressSequentially('x');
      },
      kept: async (page) => /^next-appx+$/.test(await value('Name')(page)),
      typed: true,
    },
    {
      request: 'POST /v1/projects',
      path: PROJECTS,
      prepare: async (page) => {
        await click('New project')(page);
        await fill('Name', 'next-app')(page);
        await page.getByText('This name is free').waitFor();
      },
      make: confirm('Create project'),
      kept: value('Name'),
      typed: 'next-app',
    },
    { request: 'GET /v1/audit', path: at('/dashboard/activity') },
  ],
  'the settings of a project': [
    { request: 'GET /v1/projects/{project}', path: SETTINGS },
    { request: 'GET /v1/projects/{project}/secret-keys', path: SETTINGS },
    { request: 'GET /v1/projects/{project}/serve-secret/grace', path: SETTINGS },
    {
      request: 'GET /v1/projects/{project}/serve-secret',
      path: SETTINGS,
      make: click('Show Serve secret'),
    },
    {
      request: 'POST /v1/projects/{project}/secret-keys',
      path: SETTINGS,
      prepare: async (page) => {
        await click('New secret key')(page);
        await fill('Name', 'for the tests')(page);
      },
      make: confirm('Create key'),
      kept: value('Name'),
      typed: 'for the tests',
    },
    {
      request: 'DELETE /v1/projects/{project}/secret-keys/{id}',
      path: SETTINGS,
      prepare: click('Revoke production'),
      make: confirm('Revoke key'),
    },
    {
      request: 'PATCH /v1/projects/{project}',
      path: SETTINGS,
      prepare: fill('Origins, one a line', 'https://typed.example'),
      make: click('Save origins'),
      kept: value('Origins, one a line'),
      typed: 'https://typed.example',
    },
    {
      request: 'POST /v1/projects/{project}/serve-secret/rotate',
      path: SETTINGS,
      prepare: async (page) => {
        await click('Rotate…')(page);
        await page.getByText('They work for 1 more hour').click();
      },
      make: confirm('Rotate secret'),
      kept: (page) => page.getByRole('radio', { name: /1 more hour/ }).isChecked(),
      typed: true,
    },
    {
      request: 'POST /v1/projects/{project}/serve-secret/end-grace',
      path: SETTINGS,
      prepare: click('End it now…'),
      make: confirm('End it now'),
    },
    {
      request: 'DELETE /v1/projects/{project}',
      path: SETTINGS,
      prepare: async (page) => {
        await click('Delete project…')(page);
        await fill('Type my-app to confirm', 'my-app')(page);
      },
      make: confirm('Delete for good'),
      kept: value('Type my-app to confirm'),
      typed: 'my-app',
    },
  ],
  'the images of a project': [
    { request: 'GET /v1/projects/{project}/images', path: PROJECT },
    { request: 'POST /v1/projects/{project}/signed-urls', path: PROJECT },
    {
      request: 'POST /v1/sign',
      path: PROJECT,
      prepare: async (page) => {
        const picking = page.waitForEvent('filechooser');
        await click('Upload')(page);
        await (await picking).setFiles({
          name: 'kept.png',
          mimeType: 'image/png',
          buffer: picture,
        });
      },
      make: async (page) => {
        const first = page.getByRole('button', { name: 'Upload as private' });
        const again = page.getByRole('button', { name: 'Try again: kept.png' });
        await first.or(again).click();
      },
      kept: (page) => page.getByText('kept.png', { exact: true }).count(),
      typed: 1,
    },
    {
      request: 'DELETE /v1/images/{project}/{key}',
      path: PROJECT,
      make: async (page) => {
        await page.getByRole('checkbox', { name: 'Select failing' }).click();
        await click('Delete')(page);
      },
      // The image is there again.
      kept: (page) => page.getByRole('gridcell').filter({ hasText: 'failing' }).count(),
      typed: 1,
    },
    { request: 'GET /v1/projects/{project}/usage', path: at(`${PROJECT()}/usage`) },
    { request: 'GET /v1/projects/{project}/audit', path: at(`${PROJECT()}/activity`) },
  ],
  'an image, and a device': [
    { request: 'GET /v1/images/{project}/{key}', path: IMAGE },
    {
      request: 'PATCH /v1/images/{project}/{key}',
      path: IMAGE,
      prepare: click('Make public…'),
      make: confirm('Make public'),
    },
    {
      request: 'POST /v1/images/{project}/{key}/revoke-links',
      path: IMAGE,
      prepare: click('Stop outstanding links…'),
      make: confirm('Stop links'),
    },
    {
      request: 'POST /v1/auth/device/lookup',
      path: at('/device'),
      prepare: (page) => fill('Code', userCode.lookup)(page),
      make: click('Continue'),
      kept: value('Code'),
      typed: () => userCode.lookup,
    },
    {
      request: 'POST /v1/auth/device/approve',
      path: () => `/device?code=${userCode.answer}`,
      make: click('Approve'),
    },
    {
      request: 'POST /v1/auth/device/deny',
      path: () => `/device?code=${userCode.answer}`,
      make: click('Deny'),
    },
  ],
};

/** Every call of the typed client: a new one has to come into the table above. */
async function requestsOfTheDashboard(): Promise<string[]> {
  const files = (await readdir(API)).filter((name) => /^[a-z-]+\.ts$/.test(name));
  const sources = await Promise.all(files.map((name) => readFile(new URL(name, API), 'utf8')));
  const calls = sources.flatMap((text) => [...text.matchAll(/api\.([A-Z]+)\(\s*'([^']+)'/g)]);
  return [...new Set(calls.map(([, method, path]) => `${method} ${path}`))].sort();
}

async function signInAgain(page: Page): Promise<void> {
  const again = page.getByRole('dialog', { name: 'Sign in to go on' });
  await again.getByLabel('Password').fill('whatever it is');
  await again.getByRole('button', { name: 'Sign in' }).click();
  await again.waitFor({ state: 'detached' });
}

describe('a request that fails says what has failed and what to do, and loses nothing', () => {
  it('whichever request it is', async () => {
    const requests = await requestsOfTheDashboard();
    expect(requests.length).toBeGreaterThan(35);
    const covered = Object.values(CASES).flatMap((cases) => cases.map(({ request }) => request));
    expect([...new Set(covered)].sort()).toEqual(requests);
  });

  describe.each(Object.entries(CASES))('in %s', (_, cases) => {
    let page: Page;
    let requests: Awaited<ReturnType<typeof breakRequests>>;
    const isAnonymous = cases.some((one) => one.isAnonymous);
    beforeAll(async () => {
      page = await (isAnonymous ? stage.visit('about:blank') : stage.visitAs(owner, 'about:blank'));
      requests = await breakRequests(page, isAnonymous ? null : me);
    });
    afterAll(() => page?.context().close());

    it.each(cases)('$request', { timeout: CASE_MS }, async (one) => {
      const { request, path, prepare, make, kept, typed } = one;
      const wanted = new URL(path(), stage.server.appUrl).href;
      // Nobody is signed in before sign-in; and the guard of all pages leads those elsewhere who are
      // not: see the tests of access.
      const isGuard = request === 'GET /v1/auth/me';
      requests.mend();
      if (make) await page.goto(wanted);
      await prepare?.(page);
      for (const [n, failure] of FAILURES.entries()) {
        const endsSession = failure.name === '401';
        if (endsSession && (isAnonymous || isGuard)) continue;
        requests.break(request, failure);
        if (make) await make(page);
        else if (n === 0) await page.goto(wanted);
        else await page.getByRole('button', { name: 'Try again' }).first().click();
        await announced(page, failure.says).waitFor();
        requests.mend();
        if (endsSession) await signInAgain(page);
        if (kept) {
          expect(await kept(page), failure.name).toEqual(
            typeof typed === 'function' ? typed() : typed,
          );
        }
      }
    });
  });

  it('and the pages themselves complain of nothing', () => {
    expect(stage.complaints).toEqual([]);
  });
});
