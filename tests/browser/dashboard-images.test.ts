import { readFile } from 'node:fs/promises';
import type { JSHandle, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import type { Person } from '../harness/control.js';
import type { SharedServer } from '../harness/shared-server.js';
import { BROWSER_START_MS } from './support/browser.js';
import { BLANK, goTo, openSharedStage, picturesShown, type Stage } from './support/dashboard.js';
import { imagesOf, makeProject } from './support/projects.js';

const WALK_MS = 180_000;
const UPLOADS = '**/v1/upload';

let stage: Stage<SharedServer>;
let owner: Person;
let picture: Buffer;

beforeAll(async () => {
  stage = await openSharedStage();
  owner = await stage.owner();
  picture = await drawing(120, 90).png().toBuffer();
}, BROWSER_START_MS);
afterAll(() => stage?.close());

const projectWith = (name: string, ...files: readonly string[]) =>
  makeProject(stage, owner, name, files, picture);
const listOf = (name: string) => imagesOf(owner, name);
const tile = (page: Page, name: string) => page.getByRole('gridcell').filter({ hasText: name });

/** The data of a drop or paste, created in the page. */
function transfer(page: Page, name: string): Promise<JSHandle<DataTransfer>> {
  return page.evaluateHandle(
    ([name, bytes]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], name, { type: 'image/png' }));
      return data;
    },
    [name, [...picture]] as const,
  );
}

describe('the images of a project', () => {
  it(
    'are uploaded by drop and paste; a failed upload shows the reason and can be retried',
    async () => {
      const page = await stage.visitAs(owner, await projectWith('drops'));
      await page.getByText('No images yet').waitFor();
      const dataTransfer = await transfer(page, 'dropped.png');
      await page.locator('main').dispatchEvent('dragenter', { dataTransfer });
      await page.locator('main').dispatchEvent('drop', { dataTransfer });
      const dialog = page.getByRole('dialog');
      await dialog.getByText('Public', { exact: true }).click();
      await dialog.getByRole('button', { name: 'Upload as public' }).click();
      await tile(page, 'dropped').waitFor();

      await page.route(UPLOADS, (route) => route.abort());
      await page.evaluate(
        (clipboardData) =>
          document.body.dispatchEvent(
            new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
          ),
        await transfer(page, 'pasted.png'),
      );
      await dialog.getByText('Private', { exact: true }).click();
      await dialog.getByRole('button', { name: 'Upload as private' }).click();
      const uploads = page.getByRole('region', { name: 'Uploads' });
      const retry = uploads.getByRole('button', { name: 'Try again: pasted.png' });
      await retry.waitFor();
      await uploads.getByText('The connection failed. Try again.', { exact: true }).waitFor();
      await page.unroute(UPLOADS);

      // The files are listed as long as one has failed.
      const more = await transfer(page, 'kept.png');
      await page.locator('main').dispatchEvent('drop', { dataTransfer: more });
      await dialog.getByText('Private', { exact: true }).click();
      await dialog.getByRole('button', { name: 'Upload as private' }).click();
      const saved = page.waitForEvent('download');
      await uploads.getByRole('link', { name: 'Save the receipt of kept.png' }).click();
      expect((await saved).suggestedFilename()).toBe('kept.png.receipt.json');
      expect(JSON.parse(await readFile(await (await saved).path(), 'utf8'))).toMatchObject({
        filename: 'kept.png',
        receipt: expect.stringMatching(/^eyJ/),
      });

      await retry.click();
      await tile(page, 'pasted').waitFor();
      expect(await listOf('drops')).toEqual([
        ...['dropped.png public', 'kept.png private', 'pasted.png private'],
      ]);
      await stage.keep(page);
    },
    WALK_MS,
  );

  it(
    'are searched by name and filtered by visibility',
    async () => {
      const path = await projectWith('search', 'alpha.png', 'beta.png', 'alphabet.png');
      const page = await stage.visitAs(owner, path);
      await page.getByText('3 images in total').waitFor();
      const search = page.getByLabel('Search by name');
      // Half of a character, which cannot be part of an address, and one that is shortened with the rest.
      await search.fill('\ud83d');
      await page.getByText('3 images in total').waitFor();
      await search.fill(`${'alpha'.repeat(12)}zzz😀`);
      await page.getByText('No images found').waitFor();
      // A link to all images clears the search.
      await page.getByRole('link', { name: 'Images', exact: true }).click();
      await page.getByText('3 images in total').waitFor();
      expect(await search.inputValue()).toBe('');
      await search.fill('Älpha');
      await page.getByText('2 images in total').waitFor();
      expect(await tile(page, 'beta').count()).toBe(0);
      await page.getByRole('radio', { name: 'Public' }).check();
      await page.getByText('No images found').waitFor();
      // Search and filter are in the address: a reload shows the same.
      await page.reload();
      await page.getByText('No images found').waitFor();
      const tab = page.getByRole('link', { name: 'Images', exact: true });
      expect(await tab.getAttribute('aria-current')).toBe('page');
      await page.getByRole('button', { name: 'Show all images' }).click();
      await page.getByText('3 images in total').waitFor();
      await stage.keep(page);
    },
    WALK_MS,
  );

  it(
    'are made public or deleted by selection; a deletion can be undone until it is sent',
    async () => {
      const page = await stage.visitAs(
        owner,
        await projectWith('many', 'a1.png', 'a2.png', 'a3.png'),
      );
      await page.getByText('3 images in total').waitFor();
      await page.getByRole('checkbox', { name: 'Select a1' }).click();
      await page.getByRole('checkbox', { name: 'Select a2' }).click();
      await page.getByText('2 selected').waitFor();
      await page.getByRole('button', { name: 'Make public' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Make public' }).click();
      await page.getByText('2 images are now public').first().waitFor();
      expect(await listOf('many')).toEqual(['a1.png public', 'a2.png public', 'a3.png private']);

      await page.getByRole('checkbox', { name: 'Select a3' }).click();
      await page.getByRole('button', { name: 'Delete' }).click();
      await page.getByText('1 image will be deleted').waitFor();
      expect(await tile(page, 'a3').count()).toBe(0);
      // The focused bar was removed: the focus moves to the grid.
      const inGrid = () =>
        page.evaluate(() => document.activeElement?.closest('[role="grid"]') !== null);
      expect(await inGrid()).toBe(true);
      await page.getByRole('button', { name: 'Undo' }).click();
      await tile(page, 'a3').waitFor();
      expect(await inGrid()).toBe(true);

      await page.getByRole('checkbox', { name: 'Select a1' }).click();
      await page.getByRole('button', { name: 'Delete' }).click();
      await page.getByText('1 image will be deleted').waitFor();
      // Leaving the page ends the time to undo.
      await page.getByRole('link', { name: 'Settings' }).click();
      await expect
        .poll(() => listOf('many'), { timeout: 30_000 })
        .toEqual(['a2.png public', 'a3.png private']);
      await stage.keep(page);
    },
    WALK_MS,
  );

  it(
    'are previewed in other sizes and formats, with bytes and time',
    async () => {
      const page = await stage.visitAs(owner, await projectWith('sizes', 'tried.png'));
      await tile(page, 'tried').getByRole('link').click();
      const playground = page.getByRole('region', { name: 'Sizes and formats' });
      await playground.getByLabel('Width').fill('60');
      await playground.getByLabel('Format').selectOption('webp');
      await playground.getByText('WEBP', { exact: true }).waitFor();
      await playground.getByText('60 × 45', { exact: true }).waitFor();
      await playground.getByText(/tried\.png\?w=60&fmt=webp$/).waitFor();
      await picturesShown(page, 2);

      await page.getByRole('link', { name: 'Usage' }).click();
      await page.getByRole('heading', { name: 'Image work' }).waitFor();
      await page.getByText('Stored now').waitFor();
      await stage.keep(page);
    },
    WALK_MS,
  );

  it(
    'link to the previous and next image; a deletion on an image’s page can be undone',
    async () => {
      const path = await projectWith('walk', 'lane-1.png', 'lane-2.png', 'lane-3.png', 'other.png');
      const page = await stage.visitAs(owner, `${path}?q=lane-`);
      const at = (name: string) => page.getByRole('heading', { level: 1, name }).waitFor();
      const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '');
      await tile(page, 'lane-3').getByRole('link').click();
      await at('lane-3');
      const isLast = () => next.getAttribute('aria-disabled');
      const previous = page.getByRole('link', { name: 'Previous image' });
      const next = page.getByRole('link', { name: 'Next image' });
      await expect.poll(isLast).toBe(null);
      await page.keyboard.press('ArrowRight');
      await at('lane-2');
      await next.click();
      await at('lane-1');
      // The end of the search results. The focused link keeps the focus.
      await expect.poll(isLast).toBe('true');
      expect(await next.evaluate((link) => link === document.activeElement)).toBe(true);
      await page.keyboard.press('ArrowRight');
      await previous.click();
      await at('lane-2');
      // In a field, the arrow keys move the cursor.
      await page.getByLabel('Width').focus();
      await page.keyboard.press('ArrowLeft');
      await at('lane-2');

      await page.getByRole('button', { name: 'Delete image' }).click();
      await page.getByText('1 image will be deleted').waitFor();
      // The search is the same, and the image in its place has the focus.
      await page.getByText('2 images in total').waitFor();
      await expect.poll(focused).toContain('lane-1');
      await page.keyboard.press('Tab');
      expect(await focused()).toBe('Undo');
      await page.keyboard.press('Enter');
      await page.getByText('3 images in total').waitFor();
      await tile(page, 'lane-2').getByRole('link').click();
      await at('lane-2');
      await page.getByRole('link', { name: 'All images' }).click();
      await expect.poll(focused).toContain('lane-2');
      expect(await listOf('walk')).toHaveLength(4);
      await stage.keep(page);
    },
    WALK_MS,
  );

  // The last one: the page keeps its clock.
  it(
    'are fetched again before their signed URLs expire',
    async () => {
      const path = await projectWith('aging', 'aging.png');
      const page = await stage.visitAs(owner, BLANK);
      await page.clock.install();
      // A refresh on focus asks for 100 images; a page that is fetched again, for its length and 20.
      let refetches = 0;
      page.on('request', (request) => {
        if (/\/projects\/aging\/images\?limit=21$/.test(request.url())) refetches += 1;
      });
      await goTo(page, new URL(path, stage.server.appUrl));
      await picturesShown(page, 1);
      await page.clock.fastForward('44:00');
      expect(refetches).toBe(0);
      await page.clock.fastForward('02:30');
      await expect.poll(() => refetches).toBe(1);
    },
    WALK_MS,
  );

  it('cause no errors in the browser', () => {
    expect(stage.complaints).toEqual([]);
  });
});
