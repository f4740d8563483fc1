import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import type { Person } from '../harness/control.js';
import { upload } from '../harness/upload.js';
import { BROWSER_START_MS } from './support/browser.js';
import {
  BLANK,
  copyBy,
  goAnew,
  openStage,
  picturesShown,
  type Stage,
  statusOf,
} from './support/dashboard.js';

const WALK_MS = 180_000;

let stage: Stage;
let owner: Person;

beforeAll(async () => {
  stage = await openStage();
  owner = await stage.owner();
}, BROWSER_START_MS);
afterAll(() => stage?.close());

const SETTINGS = '/dashboard/projects/my-app/settings';
const urlOf = (path: string) => new URL(path, stage.server.appUrl);
const part = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
const dialog = (page: Page) => page.getByRole('dialog');
/** Waits for a toast, not for its copy for screen readers. */
const toast = (page: Page, text: string) => page.getByText(text).first().waitFor();

describe('the presets of a project', () => {
  it(
    'are made beside a preview that shows the watermark, changed, and deleted',
    async () => {
      const green = { r: 0, g: 160, b: 0 };
      const logo = { width: 100, height: 50, channels: 3, background: green } as const;
      const { key: logoKey } = await upload(
        stage.server,
        await sharp({ create: logo }).png().toBuffer(),
        'public',
        'logo.png',
      );
      await upload(stage.server, await drawing(400, 300).png().toBuffer(), 'private', 'photo.png');
      const page = await stage.visitAs(owner, '/dashboard/projects/my-app/presets');
      await page.getByRole('link', { name: 'New preset' }).first().click();
      const preview = page.getByRole('region', { name: 'Preview' });
      await preview.getByText('on photo.png').waitFor();
      await page.getByLabel('Name').fill('Card');
      await page.getByLabel('Width', { exact: true }).fill('320');
      await page.getByRole('button', { name: 'Add a watermark…' }).click();
      await dialog(page).getByLabel('Search by name').fill('logo');
      await dialog(page).getByRole('button', { name: 'logo.png' }).click();
      await page.getByRole('radio', { name: 'Bottom right' }).focus();
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('ArrowUp');
      await page.getByText('Position: Right').waitFor();
      await page.getByRole('radio', { name: 'Top left' }).check({ force: true });
      await page.getByLabel('Width: 25 % of the picture').fill('50');
      await page.getByLabel('Opacity: 80 %').fill('100');
      const overlay = preview.locator('[data-watermark]');
      await overlay.waitFor();
      const style = await overlay.evaluate(({ style }) => [
        style.backgroundPosition,
        style.backgroundSize,
        style.opacity,
      ]);
      expect(style).toEqual(['0% 0%', '50% auto', '1']);
      await preview.getByText('320 × 240').waitFor();
      await page.getByText('Open: no token is needed').click();
      await preview.getByText('Anyone who knows an address').waitFor();
      await page.getByRole('button', { name: 'Create preset' }).click();
      await page.getByText('Use 2 to 40 lowercase letters').waitFor();
      await page.getByLabel('Name').fill('card');
      await page.getByRole('button', { name: 'Create preset' }).click();
      await toast(page, 'card is saved');
      const watermark = { key: logoKey, position: 'top-left', scale: 0.5, opacity: 1, tile: false };
      const saved = () => owner.json('GET', '/v1/projects/my-app/presets');
      expect(await saved()).toMatchObject({
        presets: [{ name: 'card', transform: 'w=320', open: true, watermark }],
      });

      await page.getByRole('link', { name: 'Edit card' }).click();
      await page.getByLabel('Other options').fill('gray=true');
      await page.getByRole('button', { name: 'Remove the watermark' }).click();
      await page.getByText('Private images need a token').click();
      await page.getByRole('button', { name: 'Save preset' }).click();
      // The toast of the first time may still be there.
      await expect.poll(saved).toMatchObject({
        presets: [{ name: 'card', transform: 'w=320,gray=true', open: false, watermark: null }],
      });

      await page.getByRole('button', { name: 'Delete card' }).click();
      await dialog(page).getByRole('button', { name: 'Delete preset' }).click();
      await page.getByText('No presets yet').waitFor();
      expect(await saved()).toEqual({ presets: [] });
      await stage.keep(page);
    },
    WALK_MS,
  );
});

describe('the settings of a project', () => {
  it(
    'hide the serve secret until it is revealed, and give the lines of an .env file',
    async () => {
      const page = await stage.visitAs(owner, BLANK);
      const fetched: string[] = [];
      page.on('response', async (response) => {
        const { pathname } = new URL(response.url());
        if (pathname.includes('/serve-secret')) fetched.push(pathname.replace(/.*my-app/, ''));
      });
      await page.goto(urlOf(SETTINGS).href);
      const { serveSecret, projectName } = stage.server.credentials;
      const secret = part(page, 'Serve secret');
      await secret.getByText('psk_live_').waitFor();
      await secret.getByRole('button', { name: 'Rotate…' }).waitFor();
      // The page does not fetch the secret to show itself.
      await expect.poll(() => fetched).toEqual(['/serve-secret/grace']);
      expect(await page.getByText(serveSecret).count()).toBe(0);
      await secret.getByRole('button', { name: 'Show Serve secret' }).click();
      await secret.getByText(serveSecret).waitFor();
      await secret.getByRole('button', { name: 'Hide Serve secret' }).click();
      expect(await page.getByText(serveSecret).count()).toBe(0);
      expect(await copyBy(secret.getByRole('button', { name: /^Copy/ }))).toBe(serveSecret);
      const asked = ['/serve-secret/grace', '/serve-secret', '/serve-secret'];
      await expect.poll(() => fetched).toEqual(asked);

      const env = part(page, 'Connect your app');
      const lines = (await copyBy(env.getByRole('button', { name: /^Copy/ }))).split('\n');
      expect(lines).toContain(`AURA_SERVE_SECRET=${serveSecret}`);
      expect(lines).toContain(`NEXT_PUBLIC_AURA_PROJECT_NAME=${projectName}`);

      await page.evaluate(() => {
        const refused = () => Promise.reject(new DOMException('', 'NotAllowedError'));
        Object.assign(navigator.clipboard, { write: refused, writeText: refused });
      });
      await secret.getByRole('button', { name: /^Copy/ }).click();
      await secret.getByRole('status').getByText('did not allow copying').waitFor();
      await stage.leave(page); // whose clipboard is broken
    },
    WALK_MS,
  );

  it(
    'show a secret key once; it works until it is revoked',
    async () => {
      const page = await stage.visitAs(owner, SETTINGS);
      const keys = part(page, 'Secret keys');
      await keys.getByRole('button', { name: 'New secret key' }).click();
      await dialog(page).getByLabel('Name').fill('production');
      await dialog(page).getByRole('button', { name: 'Create key' }).click();
      const key = await copyBy(dialog(page).getByRole('button', { name: 'Copy Secret key' }));
      expect(key).toMatch(/^sk_live_/);
      const env = await copyBy(dialog(page).getByRole('button', { name: 'Copy .env of your app' }));
      const { serveSecret, projectName } = stage.server.credentials;
      expect(env.split('\n')).toEqual([
        `AURA_SECRET_KEY=${key}`,
        `AURA_SERVE_SECRET=${serveSecret}`,
        `NEXT_PUBLIC_AURA_PROJECT_NAME=${projectName}`,
        `NEXT_PUBLIC_AURA_CDN_URL=${stage.server.credentials.cdnUrl}`,
        '',
      ]);
      const list = () =>
        fetch(`${stage.server.url}/v1/projects/my-app/images`, {
          headers: { Authorization: `Bearer ${key}` },
        });
      expect((await list()).status).toBe(200);

      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'I have stored it' }).click();
      await keys.getByText(`…${key.slice(-4)}`).waitFor();
      await page.reload();
      await keys.getByText(`…${key.slice(-4)}`).waitFor();
      expect(await page.content()).not.toContain(key);

      await keys.getByRole('button', { name: 'Revoke production' }).click();
      await dialog(page).getByRole('button', { name: 'Revoke key' }).click();
      await toast(page, 'production is revoked');
      // The focused row was removed: the focus moves to the heading of its section.
      await expect
        .poll(() => page.evaluate(() => document.activeElement?.textContent))
        .toBe('Secret keys');
      expect((await list()).status).toBe(401);
      await stage.keep(page);
    },
    WALK_MS,
  );

  it(
    'limit the transforms that need no token',
    async () => {
      const page = await stage.visitAs(owner, SETTINGS);
      const transforms = part(page, 'Unsigned transforms');
      expect(await transforms.getByRole('radio', { name: 'Any' }).isChecked()).toBe(true);
      await transforms.getByText('Common sizes only').click(); // its label covers the whole choice
      await transforms.getByRole('button', { name: 'Save transforms' }).click();
      await toast(page, 'Unsigned transforms are saved');
      const project = await owner.json('GET', '/v1/projects/my-app');
      expect(project).toMatchObject({ unsignedTransforms: 'listed' });
      await goAnew(page, urlOf(SETTINGS));
      const chosen = transforms.getByRole('radio', { name: 'Common sizes only' });
      await expect.poll(() => chosen.isChecked()).toBe(true);

      const file = await drawing(64, 48).png().toBuffer();
      const { url } = await upload(stage.server, file, 'public', 'shown.png');
      await transforms.getByText('Presets only').click();
      await transforms.getByRole('button', { name: 'Save transforms' }).click();
      await toast(page, 'Unsigned transforms are saved');
      expect((await fetch(`${url}?w=32`)).status).toBe(403);
      // The owner's own pages have tokens.
      await page.getByRole('link', { name: 'Images' }).click();
      await picturesShown(page, 1);
      await owner.json('PATCH', '/v1/projects/my-app', { unsignedTransforms: 'any' });
      await stage.keep(page);
    },
    WALK_MS,
  );

  it(
    'remove the metadata of originals',
    async () => {
      const page = await stage.visitAs(owner, SETTINGS);
      const metadata = part(page, 'Metadata of originals');
      expect(await metadata.getByRole('radio', { name: 'Keep' }).isChecked()).toBe(true);
      await metadata.getByText('Remove', { exact: true }).click();
      await metadata.getByRole('button', { name: 'Save metadata' }).click();
      await toast(page, 'Metadata of originals is saved');
      const project = await owner.json('GET', '/v1/projects/my-app');
      expect(project).toMatchObject({ masterMetadata: 'remove' });
      await owner.json('PATCH', '/v1/projects/my-app', { masterMetadata: 'keep' });
      await stage.keep(page);
    },
    WALK_MS,
  );

  it(
    'keep what was typed when the project is refetched',
    async () => {
      const page = await stage.visitAs(owner, SETTINGS);
      const lines = page.getByLabel('Origins, one per line');
      await lines.fill('https://typed.example');
      const others = { allowedOrigins: ['https://elsewhere.example'] };
      await owner.json('PATCH', '/v1/projects/my-app', others);
      const limits = part(page, 'Limits');
      await upload(stage.server, await drawing(40, 30).png().toBuffer(), 'private');
      await page.reload();
      await lines.fill('https://typed.example');
      await limits.getByLabel('Storage limit').fill('10 b');
      await limits.getByRole('status').getByText('The project stores more than this').waitFor();
      await limits.getByLabel('Storage limit').fill('10 GB');
      expect(await limits.getByRole('status').count()).toBe(0);
      await limits.getByRole('button', { name: 'Save limit' }).click();
      await toast(page, 'The limit is saved');
      await limits.getByText('At most 10 GB').waitFor();
      expect(await lines.inputValue()).toBe('https://typed.example');
      await stage.keep(page);
    },
    WALK_MS,
  );

  it(
    'keep what was typed when the server fails, and say what to do',
    async () => {
      const page = await stage.visitAs(owner, SETTINGS);
      const origins = part(page, 'Allowed origins');
      const lines = origins.getByLabel('Origins, one per line');
      await lines.fill('not an origin');
      await origins.getByRole('button', { name: 'Save origins' }).click();
      await origins.getByRole('alert').getByText('is not an origin').waitFor();

      await lines.fill('https://app.example');
      await page.route('**/v1/projects/my-app', (route) =>
        route.request().method() === 'PATCH'
          ? route.fulfill({
              status: 503,
              headers: { 'X-Aura-Error': 'storage_unavailable', 'X-Request-Id': 'request-7' },
              json: { message: 'The records cannot be reached' },
            })
          : route.continue(),
      );
      await origins.getByRole('button', { name: 'Save origins' }).click();
      const failure = origins.getByRole('alert');
      await failure.getByText('The records cannot be reached').waitFor();
      await failure.getByText('then try again').waitFor();
      await failure.getByText('request-7').waitFor();
      expect(await lines.inputValue()).toBe('https://app.example');

      await page.unroute('**/v1/projects/my-app');
      await origins.getByRole('button', { name: 'Save origins' }).click();
      await toast(page, 'Allowed origins are saved');
      const project = await owner.json('GET', '/v1/projects/my-app');
      expect(project).toMatchObject({ allowedOrigins: ['https://app.example'] });
      await stage.keep(page);
    },
    WALK_MS,
  );

  it(
    'end the previous secret before its grace period is over',
    async () => {
      const { server } = stage;
      const png = await drawing(40, 30).png().toBuffer();
      const { key } = await upload(server, png, 'private', 'still-linked.png');
      const link = await server.aura.getSignedUrl(key);
      const page = await stage.visitAs(owner, SETTINGS);
      const secret = part(page, 'Serve secret');
      await secret.getByRole('button', { name: 'Rotate…' }).click();
      await dialog(page).getByRole('button', { name: 'Rotate secret' }).click();
      await secret.getByText('The previous secret still works').waitFor();
      await secret.getByText('No read used it').waitFor();
      // Only successful reads with the previous secret count.
      for (let read = 0; read < 3; read += 1) expect((await fetch(link)).status).toBe(200);
      expect((await fetch(`${link}x`)).status).toBe(403);
      const [signed] = (
        await owner.json<{ urls: { url: string }[] }>('POST', '/v1/projects/my-app/signed-urls', {
          keys: [key],
          expiresIn: 600,
        })
      ).urls;
      expect((await fetch(signed?.url ?? '')).status).toBe(200);
      // The server writes counts every two seconds.
      const grace = () => owner.json('GET', '/v1/projects/my-app/serve-secret/grace');
      const counted = { previous: { readsLast24Hours: 3 } };
      await expect.poll(grace, { timeout: 30_000, interval: 250 }).toMatchObject(counted);
      await page.reload();
      await secret.getByText('3 reads used it in the last 24 hours').waitFor();
      await secret.getByText('The previous secret still works').waitFor();
      expect(await statusOf(link)).toBe(200);

      await secret.getByRole('button', { name: 'End it now…' }).click();
      await dialog(page).getByRole('button', { name: 'End it now' }).click();
      await toast(page, 'The previous serve secret has ended');
      expect(await statusOf(link)).toBe(403);
      await stage.keep(page);
    },
    WALK_MS,
  );

  it(
    'rename a project, and delete it',
    async () => {
      const page = await stage.visitAs(owner, SETTINGS);
      // Enter does not wait until the name is checked.
      await page.route('**/v1/project-names/**', () => {});
      await page.getByRole('button', { name: 'Rename…' }).click();
      await dialog(page).getByLabel('Name').fill('renamed');
      await dialog(page).getByLabel('Name').press('Enter');
      await page.waitForURL('**/dashboard/projects/renamed/settings');

      await page.getByRole('button', { name: 'Delete project…' }).click();
      const confirm = dialog(page).getByRole('button', { name: 'Delete permanently' });
      await dialog(page).getByLabel('Type renamed to confirm').fill('renam');
      expect(await confirm.isDisabled()).toBe(true);
      await dialog(page).getByLabel('Type renamed to confirm').fill('renamed');
      await confirm.click();
      await page.waitForURL('**/dashboard');
      await toast(page, 'renamed is being deleted');
      expect((await owner.send('GET', '/v1/projects/renamed')).status).toBe(404);

      const everywhere = page.getByRole('navigation', { name: 'AuraImage' });
      await everywhere.getByRole('link', { name: 'Activity' }).click();
      for (const what of [
        'Project deleted',
        'Project renamed',
        'Previous serve secret ended',
        'Allowed origins changed',
        'Secret key revoked',
        'Secret key created',
        'Account created',
      ]) {
        await page.getByText(what, { exact: true }).first().waitFor();
      }
      await stage.keep(page);
    },
    WALK_MS,
  );

  it('cause no errors in the browser', () => {
    expect(stage.complaints).toEqual([]);
  });
});
