import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { upload } from '../harness/upload.js';
import { BROWSER_START_MS } from './support/browser.js';
import {
  acceptLink,
  copyBy,
  openStage,
  picturesShown,
  type Stage,
  signIn,
  statusOf,
  uploadByPicker,
} from './support/dashboard.js';

const WALK_MS = 180_000;

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
}, BROWSER_START_MS);
afterAll(() => stage?.close());

describe('from the first start to a private image', () => {
  it(
    'every step is possible in the dashboard, and a private image stays private',
    async () => {
      const page = await stage.visit(stage.server.setupUrl);
      // The page removes the token from the address and from the history.
      await page.waitForURL((url) => !url.href.includes('token'));
      await acceptLink(page);

      await page.getByRole('button', { name: 'New project' }).click();
      await page.getByLabel('Name').fill('walk');
      await page.getByText('This name is available').waitFor();
      await page.getByRole('button', { name: 'Create project' }).click();
      await page.getByText('No images yet').waitFor();

      const buffer = await drawing(640, 480).png().toBuffer();
      await uploadByPicker(page, [{ name: 'secret.png', buffer }], 'private');
      const tile = page.getByRole('gridcell').filter({ hasText: 'secret' });
      await tile.getByText('private').waitFor();
      await picturesShown(page, 1);
      await tile.getByRole('link').click();
      await page.getByRole('heading', { name: 'secret' }).waitFor();
      await picturesShown(page, 1);

      await page.getByRole('button', { name: 'Get a signed link' }).click();
      const link = await copyBy(page.getByRole('button', { name: 'Copy Signed link' }));
      const plain = link.replace(/\?.*/, '');
      expect(plain).toMatch(/\/walk\/[a-z0-9]{10}-secret\.png$/);
      expect(await statusOf(link)).toBe(200);
      expect(await statusOf(plain)).toBe(403);

      await page.getByRole('button', { name: 'Make public…' }).click();
      await page.getByRole('button', { name: 'Make public', exact: true }).click();
      await page.getByRole('heading', { name: 'Public', exact: true }).waitFor();
      expect(await statusOf(plain)).toBe(200);

      await page.getByRole('button', { name: 'Make private…' }).click();
      await page.getByRole('button', { name: 'Make private', exact: true }).click();
      await page.getByRole('heading', { name: 'Private', exact: true }).waitFor();
      expect(await statusOf(plain)).toBe(403);
      expect(await statusOf(link)).toBe(200);

      await page.getByRole('link', { name: 'Settings' }).click();
      await page.getByRole('button', { name: 'Rotate…' }).click();
      await page.getByText('They end now').click();
      await page.getByRole('button', { name: 'Rotate secret' }).click();
      await page.getByText('The serve secret is rotated').first().waitFor();
      expect(await statusOf(link)).toBe(403);

      // The owner still sees it: the dashboard fetches new addresses.
      await page.getByRole('link', { name: 'Images' }).click();
      await tile.getByText('private').waitFor();
      await picturesShown(page, 1);
      await page.reload();
      await picturesShown(page, 1);
      expect(stage.complaints).toEqual([]);
      await stage.leave(page);
    },
    WALK_MS,
  );

  it(
    'outstanding links are revoked without rotating the secret',
    async () => {
      const buffer = await drawing(64, 48).png().toBuffer();
      const { key } = await upload(stage.server, buffer, 'private', 'shared.png');
      const link = await stage.server.aura.getSignedUrl(key);
      expect(await statusOf(link)).toBe(200);

      // Without a session, the page asks to sign in and then shows the requested page.
      const page = await stage.visit(`/dashboard/projects/my-app/images/${key}`);
      await signIn(page);
      await page.getByRole('button', { name: 'Revoke all links…' }).click();
      await page.getByRole('button', { name: 'Revoke links', exact: true }).click();
      await page.getByText('All links to this image are revoked').first().waitFor();
      expect(await statusOf(link)).toBe(403);

      await page.getByRole('button', { name: 'Get a signed link' }).click();
      const next = await page.getByRole('textbox', { name: 'Signed link' }).inputValue();
      expect(await statusOf(next)).toBe(200);
      expect(stage.complaints).toEqual([]);
    },
    WALK_MS,
  );
});
