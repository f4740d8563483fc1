import type { JSHandle, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pictures } from '../files/pictures.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';
import { axeProblems, rulesIn } from './support/axe.js';
import { BROWSER_START_MS, sharedBrowser, type TestBrowser } from './support/browser.js';
import { watchForComplaints } from './support/complaints.js';
import { bundle, html, type PageServer, servePages } from './support/page-server.js';

const STYLES = new URL('../../packages/react/styles.css', import.meta.url);
const UPLOADS = '**/v1/upload';

describe('<AuraUploader> in a browser', () => {
  let browser: TestBrowser;
  let pages: PageServer;
  let server: SharedServer;
  let picture: Buffer;
  let page: Page;
  let complaints: string[];
  let signed: unknown[];

  beforeAll(async () => {
    browser = await sharedBrowser();
    server = await sharedServer();
    picture = await pictures.png();
    const { body } = await bundle(STYLES);
    const head = `<style>body { background: Canvas; color: CanvasText; color-scheme: light dark } ${body}</style>`;
    const root = `<main><h1>Uploads</h1><textarea aria-label="Text"></textarea><div id="root" data-cdn="${server.url}"></div></main>`;
    pages = await servePages({
      '/': html(`${root}<script type="module" src="/page.js"></script>`, head),
      '/page.js': await bundle(new URL('pages/uploader-page.tsx', import.meta.url)),
    });
    page = await browser.newPage();
    complaints = watchForComplaints(page);
  }, BROWSER_START_MS);

  afterAll(async () => {
    await browser?.close();
    await pages?.close();
  });

  beforeEach(() => open('light'));

  /** Opens the page anew: another profile for each test would take most of the time. */
  async function open(colorScheme: 'light' | 'dark'): Promise<void> {
    signed = [];
    complaints.length = 0;
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.emulateMedia({ colorScheme });
    await page.route('**/api/sign', async (route) => {
      signed.push(route.request().postDataJSON());
      const signature = await server.aura.signUpload({ visibility: 'private' });
      await route.fulfill({ json: { signature } });
    });
    await page.goto(pages.url);
    await page.getByRole('button', { name: 'Choose pictures' }).waitFor();
  }

  const file = (name: string, buffer = picture) => ({ name, mimeType: 'image/png', buffer });
  const row = (name: string) => page.getByRole('listitem').filter({ hasText: name });
  const inState = (name: string, state: string) =>
    page.locator(`li[data-status="${state}"]`, { hasText: name }).waitFor();

  /** The data of a drop and a paste, created in the page. */
  function transfer(name: string): Promise<JSHandle<DataTransfer>> {
    return page.evaluateHandle(
      ([name, bytes]) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], name, { type: 'image/png' }));
        return data;
      },
      [name, [...picture]] as const,
    );
  }

  async function paste(selector: string, name: string): Promise<void> {
    await page.evaluate(
      ([selector, clipboardData]) => {
        const init = { clipboardData, bubbles: true, cancelable: true };
        document.querySelector(selector)?.dispatchEvent(new ClipboardEvent('paste', init));
      },
      [selector, await transfer(name)] as const,
    );
  }

  it('works with the keyboard only: choose, announce, remove', async () => {
    // Started before the click, so that the browser does not open a real dialog.
    const picking = page.waitForEvent('filechooser');
    const button = page.getByRole('button', { name: 'Choose pictures' });
    const tabbed = async () => {
      await page.keyboard.press('Tab');
      return button.evaluate((element) => element === document.activeElement);
    };
    // A key press before the page is in front is lost.
    await expect.poll(tabbed).toBe(true);
    await page.keyboard.press('Enter');
    await (await picking).setFiles([file('one.png'), file('two.png')]);
    await inState('one.png', 'done');
    await inState('two.png', 'done');
    await page
      .getByRole('status')
      .filter({ hasText: /\.png: Uploaded$/ })
      .waitFor();

    const keys = await page.evaluate(() => globalThis.ended);
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      const stored = await fetch(await server.aura.getSignedUrl(key));
      expect(Buffer.from(await stored.arrayBuffer()).equals(picture)).toBe(true);
    }
    const facts = { size: picture.length, type: 'image/png', visibility: 'private' };
    expect(signed).toContainEqual({ filename: 'one.png', ...facts });

    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('listitem').count()).toBe(1);
    const focused = page.locator('button:focus');
    expect(await focused.textContent()).toBe('Choose pictures');
    expect(complaints).toEqual([]);
  });

  it('uploads files dropped onto it', async () => {
    const zone = page.getByRole('region', { name: 'Upload pictures' });
    const dataTransfer = await transfer('dropped.png');
    await zone.dispatchEvent('dragenter', { dataTransfer });
    await page.locator('[data-dragging]').waitFor();
    await zone.dispatchEvent('drop', { dataTransfer });
    await inState('dropped.png', 'done');
    expect(await page.locator('[data-dragging]').count()).toBe(0);
  });

  it('uploads pasted files, except into a text field', async () => {
    await paste('textarea', 'text.png');
    await paste('body', 'pasted.png');
    await inState('pasted.png', 'done');
    expect(await page.getByRole('listitem').count()).toBe(1);
  });

  it('previews a file that the browser cannot show once it is uploaded and public', async () => {
    const heic = file('photo.heic', await pictures.heic());
    const preview = row('photo.heic').locator('img');
    await page.locator('input[type=file]').setInputFiles([heic]);
    await inState('photo.heic', 'done');
    // Only the app's server could sign a URL for it.
    await preview.and(page.locator('[hidden]')).waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Remove photo.heic' }).click();

    await page.route('**/api/sign', async (route) => {
      await route.fulfill({ json: { signature: await server.aura.signUpload() } });
    });
    await page.locator('input[type=file]').setInputFiles([heic]);
    await inState('photo.heic', 'done');
    const shown = () => preview.evaluate((image: HTMLImageElement) => image.naturalWidth);
    await expect.poll(shown, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(await preview.isVisible()).toBe(true);
  });

  it('says why a file failed, and offers no useless retry', async () => {
    await page
      .locator('input[type=file]')
      .setInputFiles([
        { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('text') },
        file('fake.png', Buffer.from('no image at all')),
      ]);
    await inState('notes.txt', 'failed');
    await inState('fake.png', 'failed');
    expect(await page.evaluate(() => globalThis.ended)).toEqual([
      'type_not_allowed',
      'type_not_allowed',
    ]);
    expect(signed).toHaveLength(1);
    expect(await row('fake.png').textContent()).toContain('Failed: The file is not a JPEG');
    expect(await page.getByRole('button', { name: /^Retry/ }).count()).toBe(0);
    await page.getByRole('status').filter({ hasText: 'fake.png: Failed' }).waitFor();
  });

  it('cancels an upload, and starts it again', async () => {
    await page.route(UPLOADS, () => {}); // never responds
    await page.locator('input[type=file]').setInputFiles([file('slow.png')]);
    await inState('slow.png', 'uploading');
    await page.getByRole('progressbar', { name: 'slow.png' }).waitFor();
    await page.getByRole('button', { name: 'Cancel slow.png' }).click();
    await inState('slow.png', 'cancelled');
    await page.unroute(UPLOADS);
    await page.getByRole('button', { name: 'Retry slow.png' }).click();
    await inState('slow.png', 'done');
    expect(await page.evaluate(() => globalThis.ended.length)).toBe(1);
  });

  it('orders the buttons of a file after its name', async () => {
    await page.route(UPLOADS, () => {});
    await page.locator('input[type=file]').setInputFiles([file('slow.png')]);
    await page.getByRole('button', { name: 'Cancel slow.png' }).click();
    const places = [
      page.locator('.aura-uploader-name'),
      page.getByRole('button', { name: 'Retry slow.png' }),
      page.getByRole('button', { name: 'Remove slow.png' }),
    ].map((part) => part.evaluate((element) => element.getBoundingClientRect().toJSON()));
    const [name, retry, remove] = await Promise.all(places);
    expect([retry.left >= name.right, remove.left >= retry.right]).toEqual([true, true]);
    expect([retry.top <= name.bottom, remove.top]).toEqual([true, retry.top]);
  });

  it.each(['light', 'dark'] as const)(
    'has no accessibility problems (axe), in %s',
    async (scheme) => {
      await open(scheme);
      expect(await axeProblems(page, rulesIn(scheme))).toEqual([]);
      await page.locator('input[type=file]').setInputFiles([file('done.png')]);
      await inState('done.png', 'done');
      await page.route(UPLOADS, () => {});
      await page
        .locator('input[type=file]')
        .setInputFiles([
          file('slow.png'),
          { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('text') },
        ]);
      await inState('slow.png', 'uploading');
      await inState('notes.txt', 'failed');
      expect(await axeProblems(page, rulesIn(scheme))).toEqual([]);
    },
  );
});
