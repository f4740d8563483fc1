import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Person, signUp } from '../harness/control.js';
import { CLIENT, startTestProvider, type TestProvider } from '../harness/openid-provider.js';
import { axeProblems } from './support/axe.js';
import { BROWSER_START_MS } from './support/browser.js';
import { openStage, type Stage } from './support/dashboard.js';

let real: TestProvider;
let stage: Stage;
let owner: Person;

beforeAll(async () => {
  real = await startTestProvider();
  stage = await openStage({
    AURA_OIDC_ISSUER: real.issuer,
    AURA_OIDC_CLIENT_ID: CLIENT.id,
    AURA_OIDC_CLIENT_SECRET: CLIENT.secret,
  });
  real.serve(`${stage.server.appUrl}/v1/auth/sign-in/provider/callback`);
  owner = await stage.owner();
}, BROWSER_START_MS);
afterAll(async () => {
  await stage?.close();
  await real?.close();
});

const toProvider = (page: Page) => page.getByRole('button', { name: /^Continue with/ }).click();

/** The pages of the provider itself. */
async function atProvider(page: Page, login: string): Promise<void> {
  await page.locator('input[name=login]').fill(login);
  await page.locator('input[name=password]').fill('x');
  await page.locator('button[type=submit]').click();
  await page.locator('input[name=login]').waitFor({ state: 'detached' });
  await page.locator('button[type=submit]').click();
}

const inviteToProject = async () => {
  const path = '/v1/projects/my-app/invitations';
  return (await owner.json<{ url: string }>('POST', path, { role: 'viewer' })).url;
};

describe('a person', () => {
  it('is told why the provider does not let them in, connects it, and comes back to an invitation', async () => {
    const { url } = await owner.json<{ url: string }>('POST', '/v1/auth/invitations');
    const kim = await signUp(stage.server, 'kim@example.com', url);
    const page = await stage.visit('/dashboard');
    await toProvider(page);
    await atProvider(page, 'kim@example.com');
    await page.getByRole('alert').getByText('is not connected').waitFor();
    expect(await axeProblems(page)).toEqual([]);

    await page.getByLabel('Email').fill('kim@example.com');
    await page.getByLabel('Password').fill(kim.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Projects' }).waitFor();
    await page.goto(`${stage.server.appUrl}/dashboard/account`);
    await page.getByLabel('Password of this account').fill(kim.password);
    await page.keyboard.press('Enter');
    await page.getByText('Connected', { exact: true }).waitFor();
    expect(await axeProblems(page)).toEqual([]);
    await stage.leave(page);

    const invited = await stage.visit(await inviteToProject());
    await toProvider(invited);
    await atProvider(invited, 'kim@example.com');
    await invited.getByText('You are signed in as kim@example.com').waitFor();
    await invited.getByRole('button', { name: 'Join my-app' }).click();
    await invited.waitForURL('**/dashboard/projects/my-app');
    await stage.leave(invited);
  });

  it('gets an account with an invitation, and later the page that they wanted', async () => {
    const page = await stage.visit(await inviteToProject());
    await toProvider(page);
    await atProvider(page, 'lou@example.com');
    await page.getByRole('link', { name: 'my-app' }).first().waitFor();
    await page.context().clearCookies({ name: 'aura_session' });
    await page.goto(`${stage.server.appUrl}/dashboard/activity`);
    await toProvider(page); // who knows the person by now
    await page.waitForURL('**/dashboard/activity');
    await stage.leave(page);
  });
});
