import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { openBrowser, type Person, signUp } from '../harness/control.js';
import { resetPassword } from '../harness/server.js';
import { totp } from '../harness/totp.js';
import { upload } from '../harness/upload.js';
import { axeProblems } from './support/axe.js';
import { BROWSER_START_MS } from './support/browser.js';
import { copyBy, goAnew, goTo, openStage, type Stage, signIn } from './support/dashboard.js';

const WALK_MS = 180_000;

let stage: Stage;
let owner: Person;

beforeAll(async () => {
  stage = await openStage();
  owner = await stage.owner();
}, BROWSER_START_MS);
afterAll(() => stage?.close());

interface DeviceCode {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
}

const askForDevice = (name: string) =>
  openBrowser(stage.server).json<DeviceCode>('POST', '/v1/auth/device/code', { name });

const tokenOf = async ({ device_code }: DeviceCode) => {
  const answer = await openBrowser(stage.server).send('POST', '/v1/auth/device/token', {
    device_code,
  });
  return (await answer.json()) as { token?: string; error?: string };
};

describe('the device page', () => {
  it(
    'accepts a typed code, shows the device, and approves it',
    async () => {
      const asked = await askForDevice('aura on a laptop');
      const page = await stage.visitAs(owner, asked.verification_uri);
      await page.getByLabel('Code').fill('ABCD-EFG');
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByRole('alert').getByText('A code has eight characters').waitFor();

      await page.getByLabel('Code').fill(asked.user_code.toLowerCase().replace('-', ''));
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByText('aura on a laptop').waitFor();
      await page.getByText(asked.user_code).waitFor();
      await page.getByRole('button', { name: 'Approve' }).click();
      await page.getByRole('heading', { name: 'Approved' }).waitFor();
      const { token } = await tokenOf(asked);
      const me = await openBrowser(stage.server).send('GET', '/v1/auth/me', undefined, {
        Authorization: `Bearer ${token}`,
      });
      expect(await me.json()).toMatchObject({ email: owner.email, credential: 'cli_token' });

      await page.getByRole('link', { name: 'Go to the dashboard' }).click();
      await page.getByRole('button', { name: /^Account menu/ }).click();
      await page.getByRole('menuitem', { name: 'Account' }).click();
      await page.getByRole('button', { name: 'Revoke aura on a laptop' }).click();
      await page.getByRole('button', { name: 'Revoke token' }).click();
      await page.getByText('aura on a laptop is revoked').first().waitFor();
      // The focused row was removed: the focus moves to the heading of its section.
      await expect.poll(() => page.locator(':focus').textContent()).toBe('Command line');
      const later = await openBrowser(stage.server).send('GET', '/v1/auth/me', undefined, {
        Authorization: `Bearer ${token}`,
      });
      expect(later.status).toBe(401);
      await stage.keep(page);
    },
    WALK_MS,
  );

  it(
    'asks to sign in first, keeps the code from the address, and denies',
    async () => {
      const asked = await askForDevice('somebody else');
      const page = await stage.visit(asked.verification_uri_complete);
      await signIn(page, owner.email, 'not the password');
      await page.getByRole('alert').getByText('Check both and try again').waitFor();
      expect(await page.getByLabel('Email').inputValue()).toBe(owner.email);
      await signIn(page, owner.email, owner.password);
      await page.getByRole('heading', { name: 'Give this device access?' }).waitFor();
      await page.getByText(asked.user_code).waitFor();
      await page.getByRole('button', { name: 'Deny' }).click();
      await page.getByRole('heading', { name: 'Denied' }).waitFor();
      expect(await tokenOf(asked)).toMatchObject({ error: 'access_denied' });

      await page.goto(asked.verification_uri_complete);
      await page
        .getByRole('alert')
        .getByText('Compare it with the code in your terminal')
        .waitFor();
      await stage.leave(page);
    },
    WALK_MS,
  );
});

describe('members of a project', () => {
  it(
    'join with an account that they have, see what their role may do, and are removed',
    async () => {
      const file = await drawing(320, 240).png().toBuffer();
      await upload(stage.server, file, 'private', 'shared.png');
      const made = await owner.json<{ url: string }>('POST', '/v1/auth/invitations', {});
      const { email, password } = await signUp(stage.server, 'ann@example.com', made.url);

      const page = await stage.visitAs(owner, '/dashboard/projects/my-app/members');
      await page.getByLabel('Role', { exact: true }).selectOption('viewer');
      await page.getByRole('button', { name: 'Create link' }).click();
      const link = await copyBy(page.getByRole('button', { name: 'Copy Invitation link' }));
      await page.getByRole('button', { name: 'Done' }).click();

      const guest = await stage.visit(link);
      await guest.getByRole('heading', { name: 'Join my-app' }).waitFor();
      await guest.getByRole('button', { name: 'I have an account' }).click();
      await signIn(guest, email, password);
      await guest.getByRole('link', { name: /shared/ }).waitFor();
      const offered = async (name: string) =>
        (await guest.getByRole('button', { name }).count()) +
        (await guest.getByRole('link', { name }).count()) +
        (await guest.getByRole('checkbox', { name }).count());
      for (const name of ['Upload', 'Settings', 'Select']) expect(await offered(name)).toBe(0);
      await guest.getByRole('link', { name: /shared/ }).click();
      await guest.getByRole('region', { name: 'Visibility' }).waitFor();
      for (const name of ['Delete', 'Rename', 'Make public', 'Get a signed link']) {
        expect(await offered(name), name).toBe(0);
      }

      await page.reload();
      await page.getByLabel(`Role of ${email}`).waitFor();
      expect(await axeProblems(page)).toEqual([]);
      await page.getByLabel(`Role of ${email}`).selectOption('editor');
      await page.getByText(`${email} is editor now`).first().waitFor();
      await guest.reload();
      await guest.getByRole('button', { name: 'Delete image' }).waitFor();
      expect(await offered('Settings')).toBe(0);

      await page.getByLabel(/^Role of owner/).selectOption('viewer');
      await page.getByRole('alert').getByText('at least one owner').waitFor();
      await page.getByRole('button', { name: `Remove ${email}` }).click();
      await page.getByRole('button', { name: 'Remove member' }).click();
      await page.getByText(`${email} is removed`).first().waitFor();
      await guest.reload();
      await guest.getByText('It may have been renamed or deleted').waitFor();
      await stage.leave(guest);
      await stage.keep(page);
    },
    WALK_MS,
  );
});

describe('accounts', () => {
  it(
    'an invitation creates an account with projects of its own, works once, and an administrator removes it',
    async () => {
      const page = await stage.visitAs(owner, '/dashboard/people');
      await page.getByLabel('Email').fill('guest@example.com');
      await page.getByRole('button', { name: 'Create link' }).click();
      const link = await copyBy(page.getByRole('button', { name: 'Copy Invitation link' }));

      const guest = await stage.visit(link);
      const email = guest.getByLabel('Email');
      expect(await email.inputValue()).toBe('guest@example.com');
      await guest.getByLabel('Choose a password').fill('one word of twelve');
      await guest.getByRole('button', { name: 'Create account' }).click();
      await guest.getByText('Your first project').waitFor();
      expect(await guest.getByText('my-app').count()).toBe(0);
      await goTo(guest, new URL('/dashboard/projects/my-app', stage.server.appUrl));
      await guest.getByText('It may have been renamed or deleted').waitFor();
      await stage.leave(guest);

      const late = await stage.visit(link);
      await late.getByRole('heading', { name: 'This link does not work' }).waitFor();
      await stage.leave(late);

      await goAnew(page, new URL('/dashboard/people', stage.server.appUrl));
      await page.getByRole('button', { name: 'Reset password: guest@example.com' }).click();
      const reset = page.getByRole('dialog');
      await reset.getByRole('button', { name: 'Reset password' }).click();
      const next = await copyBy(page.getByRole('button', { name: 'Copy Link' }));
      expect(next).toContain('/dashboard/reset-password?token=');
      await page.getByRole('button', { name: 'Done' }).click();
      await page.getByRole('button', { name: 'Remove guest@example.com' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Remove person' }).click();
      await page.getByText('guest@example.com is removed', { exact: true }).waitFor();
      const people = page.getByRole('list', { name: 'People' });
      expect(await people.getByText('guest@example.com').count()).toBe(0);
      const ended = await stage.visit(next);
      await ended.getByRole('heading', { name: 'This link does not work' }).waitFor();
      for (const one of [page, ended]) await stage.leave(one);
    },
    WALK_MS,
  );

  it(
    'a link of the operator sets a new password, once',
    async () => {
      const { url } = await owner.json<{ url: string }>('POST', '/v1/auth/invitations', {});
      const member = await signUp(stage.server, 'forgetful@example.com', url);
      const link = await resetPassword(stage.server, member.email);
      const page = await stage.visit(link);
      await page.getByRole('heading', { name: 'Set a new password' }).waitFor();
      expect(page.url()).not.toContain('token');
      expect(await page.getByLabel('Email').inputValue()).toBe(member.email);
      await page.getByLabel('Choose a password').fill('silver harbour window six');
      await page.getByRole('button', { name: 'Set password' }).click();
      await page.getByText('Your first project').waitFor();

      const late = await stage.visit(link);
      await late.getByRole('heading', { name: 'This link does not work' }).waitFor();
      for (const one of [page, late]) await stage.leave(one);
    },
    WALK_MS,
  );

  it(
    'a new password ends other sessions; an error keeps what was typed',
    async () => {
      const { url } = await owner.json<{ url: string }>('POST', '/v1/auth/invitations', {});
      const member = await signUp(stage.server, 'member@example.com', url);
      const page = await stage.visitAs(member, '/dashboard/account');
      const other = await stage.visit('/dashboard');
      await signIn(other, member.email, member.password);
      await other.getByRole('heading', { name: 'Projects' }).waitFor();

      await page.getByLabel('Current password').fill('not the password');
      await page.getByLabel('New password').fill('copper meadow lantern ten');
      await page.getByRole('button', { name: 'Change password' }).click();
      await page.getByRole('alert').getByText('Enter the password that you sign in with').waitFor();
      expect(await page.getByLabel('New password').inputValue()).toBe('copper meadow lantern ten');

      await page.getByLabel('Current password').fill(member.password);
      await page.getByRole('button', { name: 'Change password' }).click();
      await page.getByText('Your password has changed').first().waitFor();
      await page.getByText('This browser').waitFor();
      expect(await page.getByRole('button', { name: /^End session/ }).count()).toBe(0);

      // The other page keeps its state and shows a sign-in dialog on top.
      await other
        .getByRole('button', { name: /New project|Create project/ })
        .first()
        .click();
      await other.getByRole('dialog').getByLabel('Name').fill('kept');
      const again = other.getByRole('dialog', { name: 'Sign in to continue' });
      await again.getByLabel('Password').fill('copper meadow lantern ten');
      await again.getByRole('button', { name: 'Sign in' }).click();
      await again.waitFor({ state: 'detached' });
      const name = other.getByRole('dialog').getByLabel('Name');
      expect(await name.inputValue()).toBe('kept');

      await page.reload();
      await page.getByRole('button', { name: /^End session/ }).click();
      await page.getByText('The session has ended').first().waitFor();
      await expect.poll(() => page.locator(':focus').textContent()).toBe('Sessions');
      await other.goto(`${stage.server.appUrl}/dashboard`);
      await other.getByRole('heading', { name: 'Sign in' }).waitFor();
      for (const one of [page, other]) await stage.leave(one);
    },
    WALK_MS,
  );
});

describe('with the keyboard only', () => {
  it(
    'a person signs in, opens an image, and closes a dialog with the focus back on its button',
    async () => {
      const png = await drawing(80, 60).png().toBuffer();
      await upload(stage.server, png, 'private', 'by-keyboard.png');
      const page = await stage.visit('/dashboard');
      const { keyboard } = page;
      await page.getByRole('button', { name: 'Sign in' }).waitFor();
      await keyboard.type(owner.email);
      await keyboard.press('Tab');
      await keyboard.type(owner.password);
      await keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Projects' }).waitFor();

      /** Presses Tab until an element with that name has the focus. */
      const tabTo = async (name: RegExp) => {
        const seen: string[] = [];
        for (let step = 0; step < 40; step += 1) {
          await keyboard.press('Tab');
          const focused = await page.evaluate(() => {
            const element = document.activeElement;
            return element?.getAttribute('aria-label') ?? element?.textContent ?? '';
          });
          if (name.test(focused)) return;
          seen.push(focused);
        }
        throw new Error(`Tab did not lead to ${name}: ${seen.join(', ')}`);
      };
      await page.getByRole('link', { name: 'my-app' }).waitFor();
      await tabTo(/^my-app$/);
      await keyboard.press('Enter');
      await page.getByRole('gridcell').filter({ hasText: 'by-keyboard' }).waitFor();
      await tabTo(/^by-keyboard/);
      await keyboard.press('ArrowRight');
      await keyboard.press('ArrowLeft');
      await keyboard.press('Enter');
      await page.getByRole('heading', { name: 'by-keyboard' }).waitFor();

      await tabTo(/^Make public…$/);
      await keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      const focused = page.locator(':focus');
      expect(await focused.textContent()).toBe('Make public…');

      // The palette opens with its keys, but not while somebody types a slash.
      await page.getByLabel('Width').focus();
      await keyboard.press('/');
      await keyboard.press('Control+k');
      const palette = page.getByRole('dialog', { name: 'Go to' });
      await palette.getByPlaceholder('Go to a project or page').waitFor();
      await keyboard.type('setti');
      await palette.getByRole('option', { name: 'Settings' }).waitFor();
      await keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Settings', exact: true }).waitFor();
      await keyboard.press('/');
      await palette.getByRole('option', { name: 'New project' }).waitFor();
      await keyboard.press('Escape');
      await palette.waitFor({ state: 'detached' });

      // A dialog closes with the page that it was opened on.
      await keyboard.press('/');
      await palette.getByRole('option', { name: 'New project' }).click();
      const newProject = page.getByRole('dialog', { name: 'New project' });
      await newProject.waitFor();
      await page.goBack();
      await page.getByRole('heading', { name: 'by-keyboard' }).waitFor();
      await newProject.waitFor({ state: 'detached' });
      await stage.leave(page);
    },
    WALK_MS,
  );
});

describe('the second factor', () => {
  it('is turned on with an app, and asked for at the next sign-in', {
    timeout: WALK_MS,
  }, async () => {
    const { url } = await owner.json<{ url: string }>('POST', '/v1/auth/invitations', {});
    const person = await signUp(stage.server, 'careful@example.com', url);
    const page = await stage.visitAs(person, '/dashboard/account');
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Turn on' }).click();
    await dialog.getByLabel('Your password').fill(person.password);
    await page.keyboard.press('Enter');
    const qrCode = dialog.getByRole('img', { name: 'QR code with the secret' });
    await qrCode.waitFor();
    expect(await axeProblems(page)).toEqual([]);
    // Not every app reads a code that is light on dark.
    await page.emulateMedia({ colorScheme: 'dark' });
    const fills = await qrCode
      .locator('rect, path')
      .evaluateAll((each) => each.map((one) => getComputedStyle(one).fill));
    expect(fills).toEqual(['rgb(255, 255, 255)', 'rgb(0, 0, 0)']);
    await page.emulateMedia({ colorScheme: null });
    const secret = (await dialog.getByLabel('Secret', { exact: true }).textContent()) ?? '';
    await dialog.getByRole('textbox', { name: 'Code' }).fill(totp(secret.replaceAll(' ', '')));
    await page.keyboard.press('Enter');
    const backupCode = await dialog
      .getByRole('list', { name: 'Backup codes' })
      .getByRole('listitem')
      .first()
      .textContent();
    expect(await axeProblems(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'I have saved them' }).click();
    await page.getByText('10 of 10 backup codes left.').waitFor();
    await page.getByRole('button', { name: /^Account menu/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();

    await page.getByLabel('Email').fill(person.email);
    await page.getByLabel('Password').fill(person.password);
    await page.keyboard.press('Enter');
    const code = page.getByLabel('Code');
    await expect.poll(() => code.evaluate((one) => one === document.activeElement)).toBe(true);
    await code.fill('123456');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('The code is wrong').waitFor();
    expect(await axeProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'Use a backup code' }).click();
    await page.getByLabel('Backup code').fill(backupCode ?? '');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Projects' }).waitFor();
    await stage.leave(page);
  });
});

it('the browser reports no errors', () => {
  expect(stage.complaints).toEqual([]);
});
