import type { Page } from 'playwright-core';
import { at, click, type FailingRequest, fill, value } from './failing-steps.js';

/** The server under test has no sign-in provider: the page says that there is one. */
async function offerProvider(page: Page): Promise<void> {
  await page.route('**/v1/auth/sign-in', (route) =>
    route.request().method() === 'GET'
      ? route.fulfill({ json: { provider: { name: 'accounts.example' } } })
      : route.fallback(),
  );
  await page.reload();
}

export const signInAtProvider: readonly FailingRequest[] = [
  { request: 'GET /v1/auth/sign-in', path: at('/dashboard'), isAnonymous: true },
  {
    request: 'POST /v1/auth/sign-in/provider',
    path: at('/dashboard'),
    prepare: async (page) => {
      await offerProvider(page);
      await fill('Email', 'ada@example.com')(page);
    },
    make: click('Continue with accounts.example'),
    kept: value('Email'),
    typed: 'ada@example.com',
    isAnonymous: true,
  },
];

/** On the page of the account. */
export const connectProvider: FailingRequest = {
  request: 'POST /v1/auth/me/provider',
  path: at('/dashboard/account'),
  prepare: async (page) => {
    await offerProvider(page);
    await fill('Password of this account', 'the one of now')(page);
  },
  make: click('Connect'),
  kept: value('Password of this account'),
  typed: 'the one of now',
};
