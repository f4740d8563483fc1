import { mkdir } from 'node:fs/promises';
import { signServeToken } from '@auraimage/sdk/server';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { openBrowser, type Person, signUp } from '../harness/control.js';
import { shortOrLong } from '../harness/long.js';
import { postUpload, upload } from '../harness/upload.js';
import { type AxeRules, axeProblems, COLOUR_RULES, rulesIn } from './support/axe.js';
import { BROWSER_START_MS } from './support/browser.js';
import { BLANK, goTo, openStage, picturesShown, type Stage } from './support/dashboard.js';
import { walk } from './support/keyboard-walk.js';

/** Ignored by git. */
const SCREENS = 'test-results/screens';
/** Look at the screenshots after a change. No test reads them, and they cost as much as axe. */
const TAKES_SCREENSHOTS = shortOrLong(process.env['AURA_TEST_SCREENSHOTS'] === 'true', true);
const PAGE_MS = 120_000;
const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

interface Look {
  readonly suffix: 'light' | 'dark' | 'phone';
  readonly colorScheme: 'light' | 'dark';
  readonly size: typeof WIDE;
  readonly rules?: AxeRules;
}
const LOOKS: readonly Look[] = [
  { suffix: 'light', colorScheme: 'light', size: WIDE },
  { suffix: 'dark', colorScheme: 'dark', size: WIDE, rules: rulesIn('dark') },
  // Colours, which take the most time, are those of the wide screen.
  {
    suffix: 'phone',
    colorScheme: 'light',
    size: PHONE,
    rules: { without: shortOrLong<readonly string[]>(COLOUR_RULES, []) },
  },
];

let stage: Stage;
let owner: Person;
let publicKey: string;
let privateKey: string;
let invitation: string;

beforeAll(async () => {
  if (TAKES_SCREENSHOTS) await mkdir(SCREENS, { recursive: true });
  stage = await openStage();
  for (const [index, visibility] of (['public', 'private', 'private'] as const).entries()) {
    const file = await drawing(320 + 40 * index, 240)
      .png()
      .toBuffer();
    const { key } = await upload(stage.server, file, visibility, `picture-${index}.png`);
    if (visibility === 'public') publicKey = key;
    else privateKey = key;
  }
  owner = await stage.owner();
  const watermark = { key: publicKey, tile: true };
  const preset = { transform: 'w=160,gray=true', open: true, watermark };
  await owner.json('PUT', '/v1/projects/my-app/presets/card', preset);
  await owner.json('POST', '/v1/projects', { projectName: 'empty' });
  await owner.json('POST', '/v1/projects', { projectName: 'named' });
  const file = await drawing(320, 240).tiff().toBuffer();
  for (const name of ['users/42/avatar', 'users/everyone', 'users/everyone-together', 'logo']) {
    const body = {
      projectName: 'named',
      name,
      visibility: 'private',
      metadata: { album: 'summer' },
    };
    const { signature } = await owner.json<{ signature: string }>('POST', '/v1/sign', body);
    await postUpload(stage.server.url, signature, file, 'Größe 1.tiff');
  }
  await owner.json('PATCH', '/v1/projects/named', { quotaBytes: 1 });
  await readAs('customer:42', 3);
  for (const path of ['', 'card/']) await fetch(`${stage.server.url}/my-app/${path}${privateKey}`);
  await readAs(`reader-with-a-long-name.${'a'.repeat(36)}:1`, 1);
  await owner.json('POST', '/v1/projects/my-app/recipients/revoke', { sub: 'eve@example.com' });
  await owner.json('POST', '/v1/projects/my-app/serve-secret/rotate', { graceSeconds: 3600 });
  const invited = await owner.json<{ url: string }>('POST', '/v1/auth/invitations', {});
  await signUp(stage.server, 'a-colleague-with-a-long-name@mail.example.com', invited.url);
  invitation = (await owner.json<{ url: string }>('POST', '/v1/auth/invitations', {})).url;
}, BROWSER_START_MS);
afterAll(() => stage?.close());

/** Reads the private image with links that were given to a recipient. */
async function readAs(sub: string, reads: number): Promise<void> {
  const { url, credentials } = stage.server;
  const { projectName: p, serveSecret } = credentials;
  const iat = Math.floor(Date.now() / 1000);
  const claims = { p, f: privateKey, sub, iat, exp: iat + 600 };
  const token = await signServeToken(claims, serveSecret);
  for (let read = 0; read < reads; read++) await fetch(`${url}/${p}/${privateKey}?token=${token}`);
}

/** A normal run gives each page to axe in light, and every fourth page once more: in turn in dark or on a phone. */
let looks = 0;
function isForAxe({ suffix }: Look): boolean {
  const more = looks % 4 === 0 && (looks % 8 === 0 ? 'dark' : 'phone');
  return shortOrLong(suffix === 'light' || suffix === more, true);
}

/**
 * Runs axe, checks for sideways scrolling, and saves a screenshot where they are asked for, in each theme and
 * size.
 */
async function look(page: Page, name: string): Promise<string[]> {
  const found: string[] = [];
  const isCovered = (await page.locator('dialog:modal, [role="menu"]').count()) > 0;
  for (const each of LOOKS) {
    const { suffix, colorScheme, size, rules } = each;
    // Neither the theme nor what opens above a page changes its width.
    const keepsWidth = suffix === 'dark' || (suffix === 'phone' && isCovered);
    if (keepsWidth && !isForAxe(each) && !TAKES_SCREENSHOTS) continue;
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize(size);
    await settled(page, colorScheme, size.width);
    if (isForAxe(each)) {
      const problems = await axeProblems(page, rules);
      found.push(...problems.map((problem) => `${name} ${suffix}: ${problem}`));
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > size.width) found.push(`${name} ${suffix}: is ${wide} pixels wide`);
    if (TAKES_SCREENSHOTS) {
      await page.screenshot({ path: `${SCREENS}/${name}-${suffix}.png`, fullPage: true });
    }
  }
  looks++;
  await page.setViewportSize(WIDE);
  return found;
}

/**
 * Waits until the page has applied the theme and the size and all transitions have ended: during a
 * transition, contrasts are wrong.
 */
async function settled(page: Page, scheme: 'light' | 'dark', width: number): Promise<void> {
  await page.evaluate(
    async ({ scheme, width }) => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const isApplied = () =>
        matchMedia(`(prefers-color-scheme: ${scheme})`).matches && innerWidth === width;
      const changing = () =>
        document
          .getAnimations()
          .filter(
            ({ effect, playState }) =>
              playState === 'running' && effect?.getComputedTiming().iterations !== Infinity,
          );
      const began = performance.now();
      for (let quiet = 0; quiet < 3; quiet++) {
        if (performance.now() - began > 30_000) throw new Error('the page does not settle');
        await frame();
        if (isApplied() && changing().length === 0) continue;
        await Promise.allSettled(changing().map(({ finished }) => finished));
        quiet = -1;
      }
    },
    { scheme, width },
  );
}

/** Opens a page, waits for a text, calls {@link look}, and walks through the page with the keyboard. */
async function lookAt(page: Page, name: string, path: string, there: string): Promise<string[]> {
  await goTo(page, new URL(path, stage.server.appUrl));
  await page.getByText(there, { exact: true }).first().waitFor();
  return [...(await look(page, name)), ...(await walk(page, name))];
}

describe('axe finds nothing, and Tab reaches every control with a visible focus, in light and dark, on a wide screen and a phone', () => {
  it('on the pages before sign-in', { timeout: PAGE_MS }, async () => {
    const page = await stage.visit('/dashboard');
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await look(page, 'sign-in')).toEqual([]);
    const invite = new URL(invitation);
    expect(
      await lookAt(page, 'invitation', invite.pathname + invite.search, 'Join this server'),
    ).toEqual([]);
    expect(await lookAt(page, 'link-lost', '/dashboard/setup', 'Open your link again')).toEqual([]);
    const wrong = '/dashboard/setup?token=unknown';
    expect(await lookAt(page, 'link-wrong', wrong, 'This link does not work')).toEqual([]);
    await stage.leave(page);
  });

  it('on the page that approves a device', { timeout: PAGE_MS }, async () => {
    const page = await stage.visitAs(owner, '/device');
    await page.getByRole('button', { name: 'Continue' }).waitFor();
    expect(await look(page, 'device-code')).toEqual([]);
    const { user_code: code } = await openBrowser(stage.server).json<{ user_code: string }>(
      'POST',
      '/v1/auth/device/code',
      { name: 'aura on a laptop' },
    );
    expect(
      await lookAt(page, 'device', `/device?code=${code}`, 'Give this device access?'),
    ).toEqual([]);
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByRole('heading', { name: 'Approved' }).waitFor();
    expect(await look(page, 'device-approved')).toEqual([]);
    await stage.keep(page);
  });

  it('on the pages of an account', { timeout: PAGE_MS }, async () => {
    const page = await stage.visitAs(owner, '/dashboard');
    await picturesShown(page, 3);
    expect(await look(page, 'projects')).toEqual([]);
    expect(await walk(page, 'projects')).toEqual([]);
    await page.getByRole('button', { name: 'New project' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await look(page, 'new-project')).toEqual([]);
    await page.keyboard.press('Escape');
    expect(await lookAt(page, 'activity', '/dashboard/activity', 'Project created')).toEqual([]);
    expect(await lookAt(page, 'account', '/dashboard/account', 'This browser')).toEqual([]);
    const colleague = 'a-colleague-with-a-long-name@mail.example.com';
    expect(await lookAt(page, 'people', '/dashboard/people', colleague)).toEqual([]);
    await page.getByRole('button', { name: /^Account menu/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).waitFor();
    expect(await look(page, 'account-menu')).toEqual([]);
    await page.keyboard.press('Escape');
    expect(await lookAt(page, 'nothing', '/dashboard/none', 'Page not found')).toEqual([]);
    await stage.keep(page);
  });

  it('on the images of a project, and what opens above them', { timeout: PAGE_MS }, async () => {
    const page = await stage.visitAs(owner, '/dashboard/projects/my-app');
    await picturesShown(page, 3);
    expect(await look(page, 'images')).toEqual([]);
    expect(await walk(page, 'images')).toEqual([]);
    await page.keyboard.press('/');
    await page.keyboard.type('u');
    await page.getByRole('option', { name: 'Usage' }).waitFor();
    expect(await look(page, 'palette')).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Switch project' }).click();
    await page.getByRole('menuitemradio', { name: 'empty' }).waitFor();
    expect(await look(page, 'switcher')).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('gridcell').first().hover();
    await page.getByRole('checkbox').first().click();
    expect(await look(page, 'images-selected')).toEqual([]);
    // Uploads that failed, and a deletion that can be undone.
    await page.route('**/v1/upload', (route) => route.abort());
    await page.evaluate(() => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File(['no image'], 'broken.png', { type: 'image/png' }));
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
    });
    await page.getByRole('button', { name: 'Upload as private' }).click();
    const uploads = page.getByRole('region', { name: 'Uploads' });
    await uploads.getByText('0 uploaded · 1 failed').waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Undo' }).focus(); // which stops its timer
    expect(await look(page, 'dock')).toEqual([]);
    await page.getByRole('button', { name: 'Undo' }).click();
    await stage.leave(page); // whose uploads stay listed
  });

  it('on the pages of a project', { timeout: PAGE_MS }, async () => {
    const page = await stage.visitAs(owner, BLANK);
    const project = '/dashboard/projects/my-app';
    // The server writes counts every two seconds.
    const refused = async () =>
      JSON.stringify(await owner.json('GET', '/v1/projects/my-app/usage/refusals'));
    await expect.poll(refused, { timeout: 20_000, interval: 250 }).toContain('"missing"');
    expect(
      await lookAt(page, 'images-empty', '/dashboard/projects/empty', 'No images yet'),
    ).toEqual([]);
    expect(await lookAt(page, 'usage', `${project}/usage`, 'No token')).toEqual([]);
    expect(
      await lookAt(page, 'project-activity', `${project}/activity`, 'Serve secret rotated'),
    ).toEqual([]);
    expect(
      await lookAt(page, 'settings', `${project}/settings`, 'The previous secret still works'),
    ).toEqual([]);
    await page.getByRole('button', { name: 'Rotate…' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await look(page, 'rotate')).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'New secret key' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('production');
    await page.keyboard.press('Enter');
    await page.getByText('.env of your app').waitFor();
    expect(await look(page, 'key')).toEqual([]);
    await page.getByRole('button', { name: 'I have stored it' }).click();
    await page.getByRole('button', { name: 'Save limit' }).click();
    // The pointer on a message stops its timer.
    await page.getByRole('listitem').getByText('The limit is saved').hover();
    expect(await look(page, 'message')).toEqual([]);
    await stage.keep(page);
  });

  it('on the recipients of a project', { timeout: PAGE_MS }, async () => {
    const page = await stage.visitAs(owner, BLANK);
    const recipients = '/dashboard/projects/my-app/recipients';
    // The server writes counts every two seconds.
    const counted = async () =>
      JSON.stringify(await owner.json('GET', '/v1/projects/my-app/recipients'));
    await expect.poll(counted, { timeout: 20_000, interval: 250 }).toContain('"customer:42"');
    expect(await lookAt(page, 'recipients', recipients, 'customer:42')).toEqual([]);
    await page.getByRole('button', { name: 'Revoke customer:42' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await look(page, 'recipient-revoke')).toEqual([]);
    await page.getByRole('button', { name: 'Revoke recipient' }).click();
    const row = page.getByRole('row', { name: 'customer:42' });
    await row.getByText('Revoked', { exact: true }).waitFor();
    await page.getByRole('searchbox', { name: 'Search recipients' }).fill('mallory');
    await page.getByRole('button', { name: 'Revoke mallory' }).waitFor();
    expect(await look(page, 'recipients-not-found')).toEqual([]);
    await stage.keep(page);
  });

  it('on the presets of a project', { timeout: PAGE_MS }, async () => {
    const page = await stage.visitAs(owner, BLANK);
    const presets = '/dashboard/projects/my-app/presets';
    expect(await lookAt(page, 'presets', presets, 'Open without a token')).toEqual([]);
    await page.getByRole('link', { name: 'Edit card' }).click();
    await page.locator('[data-watermark]').waitFor();
    expect(await look(page, 'preset')).toEqual([]);
    expect(await walk(page, 'preset')).toEqual([]);
    await page.getByRole('button', { name: 'Choose another…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'picture-0' }).waitFor();
    expect(await look(page, 'preset-watermark')).toEqual([]);
    await stage.keep(page);
  });

  it('on the page of an image', { timeout: PAGE_MS }, async () => {
    const page = await stage.visitAs(owner, `/dashboard/projects/my-app/images/${privateKey}`);
    await picturesShown(page, 2);
    await page.getByRole('button', { name: 'Get a signed link' }).click();
    await page.getByRole('textbox', { name: 'Signed link' }).waitFor();
    expect(await look(page, 'image')).toEqual([]);
    expect(await walk(page, 'image')).toEqual([]);
    await page.getByRole('button', { name: 'Make public…' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await look(page, 'image-flip')).toEqual([]);
    await stage.keep(page);
  });

  it('on folders, and on the dialogs of an image with a name', { timeout: PAGE_MS }, async () => {
    const project = '/dashboard/projects/named';
    const page = await stage.visitAs(owner, `${project}/folders/users`);
    await picturesShown(page, 2);
    expect(await look(page, 'folder')).toEqual([]);
    expect(await walk(page, 'folder')).toEqual([]);
    expect(
      await lookAt(page, 'folder-empty', `${project}/folders/none`, 'This folder is empty'),
    ).toEqual([]);
    await goTo(page, new URL(`${project}/images/users/42/avatar`, stage.server.appUrl));
    await picturesShown(page, 2);
    expect(await look(page, 'image-named')).toEqual([]);
    await page.getByRole('button', { name: 'Rename…' }).click();
    await page.getByLabel('New name').fill('logo');
    await page.getByRole('button', { name: 'Rename image' }).click();
    await page.getByText('Another image of this project has this name.').waitFor();
    expect(await look(page, 'image-rename')).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Edit metadata…' }).click();
    await page.getByRole('button', { name: 'Add a pair' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await look(page, 'image-metadata')).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Choose a point…' }).click();
    await page.getByRole('img', { name: 'Cropped to 3:4' }).waitFor();
    expect(await look(page, 'image-focus')).toEqual([]);
    await stage.keep(page);
  });

  it('and the browser reports no errors', () => {
    expect(stage.complaints).toEqual([]);
  });
});
