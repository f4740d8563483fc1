import type { Page } from 'playwright-core';
import { at, click, confirm, type FailingRequest, fill, value } from './failing-steps.js';

const ACCOUNT = at('/dashboard/account');

export const signInStep: FailingRequest = {
  request: 'POST /v1/auth/sign-in/second-factor',
  path: at('/dashboard'),
  prepare: async (page) => {
    const first = { next: 'second_factor', expiresAt: new Date().toISOString() };
    await page.route('**/v1/auth/sign-in', (route) => route.fulfill({ json: first }));
    await fill('Email', 'ada@example.com')(page);
    await fill('Password', 'typed once')(page);
    await click('Sign in')(page);
    await fill('Code', '123456')(page);
  },
  make: click('Sign in'),
  kept: value('Code'),
  typed: '123456',
  isAnonymous: true,
};

/** On the page of the account. What the server would have answered before comes from the page itself. */
export const ofSecondFactor: readonly FailingRequest[] = [
  { request: 'GET /v1/auth/me/methods', path: ACCOUNT },
  {
    request: 'POST /v1/auth/me/second-factor',
    path: ACCOUNT,
    prepare: async (page) => {
      await click('Turn on')(page);
      await fill('Your password', 'the one of now')(page);
    },
    make: confirm('Continue'),
    kept: value('Your password'),
    typed: 'the one of now',
  },
  {
    request: 'POST /v1/auth/me/second-factor/enable',
    path: ACCOUNT,
    prepare: async (page) => {
      const prepared = { secret: 'ABCDEFGH', uri: 'otpauth://totp/a?secret=ABCDEFGH' };
      await page.route('**/v1/auth/me/second-factor', (route) => route.fulfill({ json: prepared }));
      await click('Turn on')(page);
      await fill('Your password', 'the one of now')(page);
      await confirm('Continue')(page);
      await fill('Code', '123456')(page);
    },
    make: confirm('Turn on'),
    kept: value('Code'),
    typed: '123456',
  },
  ...(['New backup codes', 'Turn off'] as const).map((name) => ({
    request: `POST /v1/auth/me/second-factor/${name === 'Turn off' ? 'disable' : 'backup-codes'}`,
    path: ACCOUNT,
    prepare: async (page: Page) => {
      const secondFactor = { enabledAt: new Date().toISOString(), backupCodes: 2 };
      const methods = { email: 'ada@example.com', methods: ['password'], secondFactor };
      await page.route('**/v1/auth/me/methods', (route) => route.fulfill({ json: methods }));
      await page.reload();
      await click(name)(page);
      await fill('Your password', 'the one of now')(page);
      await fill('Code', '123456')(page);
    },
    make: confirm(name === 'Turn off' ? name : 'Make new codes'),
    kept: async (page: Page) => [await value('Your password')(page), await value('Code')(page)],
    typed: ['the one of now', '123456'],
  })),
];
