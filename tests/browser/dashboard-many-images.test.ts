import type { Page, Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyImages } from '../../bench/support/many-images.mjs';
import { drawing } from '../files/pictures.js';
import type { Person } from '../harness/control.js';
import { shortOrLong } from '../harness/long.js';
import { upload } from '../harness/upload.js';
import { BROWSER_START_MS } from './support/browser.js';
import { BLANK, openStage, picturesShown, type Stage } from './support/dashboard.js';

const WALK_MS = 180_000;
const IMAGES = shortOrLong(15_000, 100_000);
/** So many of the newest images have a file. The tests look at no others. */
const WITH_FILES = 2500;
/** Most cells to render: a screen of 1440 × 900 shows 20 images, plus the overscan. */
const SCREENFULS = 80;
/** Height of a list of which the second page, at 40,000 pixels, is reduced to keys: 12 pages stay loaded. */
const LONG_PX = 550_000;
/** Least number of its pages. */
const LONG_PAGES = 16;
/** Most elements of the whole page while the grid scrolls. */
const MOST_ELEMENTS = 2500;

let stage: Stage;
let owner: Person;

beforeAll(async () => {
  stage = await openStage();
  for (const [n, visibility] of (['public', 'private', 'public'] as const).entries()) {
    const file = await drawing(60 + n, 60)
      .jpeg()
      .toBuffer();
    await upload(stage.server, file, visibility, `original-${n}.jpg`);
  }
  owner = await stage.owner();
  await copyImages({
    dataDir: stage.server.dataDir,
    project: 'my-app',
    count: IMAGES,
    hasFile: (place) => place < WITH_FILES,
  });
}, BROWSER_START_MS);
afterAll(() => stage?.close());

const open = async (): Promise<Page> => {
  const page = await stage.visitAs(owner, BLANK);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(new URL('/dashboard/projects/my-app', stage.server.appUrl).href);
  await picturesShown(page, 30);
  return page;
};

const isPicture = (request: Request) => request.resourceType() === 'image';
/** Requests for pages of the list, except the newest page: each focus of the window fetches that one. */
const isList = (request: Request) => /\/v1\/projects\/my-app\/images.*cursor=/.test(request.url());

const NEWEST = /\/v1\/projects\/my-app\/images\?limit=\d+$/;

/** Records requests. */
function watch(page: Page, wanted: (request: Request) => boolean) {
  const asked: string[] = [];
  const aborted: string[] = [];
  const open = new Set<Request>();
  let most = 0;
  page.on('request', (request) => {
    if (!wanted(request)) return;
    asked.push(request.url());
    open.add(request);
    most = Math.max(most, open.size);
  });
  page.on('requestfinished', (request) => open.delete(request));
  page.on('requestfailed', (request) => {
    if (open.delete(request)) aborted.push(request.url());
  });
  return { asked, aborted, most: () => most };
}

/** Scrolls frame by frame, like a fling; returns the largest numbers of elements and cells. */
function fling(page: Page, pixels: number, frames: number) {
  return page.evaluate(
    ([pixels, frames]) =>
      new Promise<{ elements: number; cells: number }>((done) => {
        const most = { elements: 0, cells: 0 };
        let frame = 0;
        const step = () => {
          const count = (selector: string) => document.querySelectorAll(selector).length;
          most.elements = Math.max(most.elements, count('*'));
          most.cells = Math.max(most.cells, count('[role="gridcell"]'));
          if (frame++ >= frames) return done(most);
          window.scrollBy(0, pixels);
          requestAnimationFrame(step);
        };
        requestAnimationFrame(step);
      }),
    [pixels, frames] as const,
  );
}

/** Scrolls until the list is so high; at its end so far, back and forth: where it stops, images load. */
function flingUntil(page: Page, height: number) {
  return page.evaluate(
    (height) =>
      new Promise<void>((done) => {
        const step = () => {
          const { scrollHeight, clientHeight } = document.documentElement;
          if (scrollHeight >= height) return done();
          const isAtEnd = window.scrollY + clientHeight >= scrollHeight - 1;
          window.scrollBy(0, isAtEnd ? -5000 : 10_000);
          requestAnimationFrame(step);
        };
        step();
      }),
    height,
  );
}

const keyOf = (url: string) => new URL(url).pathname;
const firstCell = (page: Page) =>
  page.evaluate(() => {
    const cells = [...document.querySelectorAll('[role="gridcell"]')];
    const seen = cells.find((cell) => cell.getBoundingClientRect().top > 200);
    return Number(seen?.getAttribute('data-index'));
  });

describe(`the grid of a project with ${IMAGES} images`, () => {
  it(
    'renders a few screens of elements, requests no image that scrolled by fast, and aborts those that leave the viewport',
    async () => {
      const page = await open();
      const pictures = watch(page, isPicture);
      const lists = watch(page, isList);
      const most = await fling(page, 700, 60);
      expect(await firstCell(page)).toBeGreaterThan(500);
      expect(most.cells).toBeLessThanOrEqual(SCREENFULS);
      expect(most.elements).toBeLessThanOrEqual(MOST_ELEMENTS);
      // On a machine that pauses for a moment, the page takes the fling for a stop now and then.
      const passed = new Set(pictures.asked.map(keyOf));
      expect(passed.size).toBeLessThanOrEqual(3 * SCREENFULS); // of more than a thousand
      // After it stops, all images load.
      await picturesShown(page, 30);
      expect(pictures.most()).toBeLessThanOrEqual(SCREENFULS);
      expect(lists.most()).toBeLessThanOrEqual(2);

      // Never answered: only the page can end them.
      await page.route(/\/my-app\/.*w=240/, () => {});
      const held = watch(page, isPicture);
      await fling(page, 500, 10);
      await expect.poll(() => held.asked.length).toBeGreaterThan(20);
      const left = [...held.asked];
      await fling(page, 1000, 10);
      await expect.poll(() => held.aborted).toEqual(expect.arrayContaining(left));
      await stage.leave(page);
    },
    WALK_MS,
  );

  it(
    'keeps pages loaded near the viewport only; the others stay selectable and are fetched again',
    async () => {
      const page = await open();
      const lists = watch(page, isList);
      await flingUntil(page, LONG_PX);
      const pages = lists.asked.length;
      expect(pages).toBeGreaterThanOrEqual(LONG_PAGES);
      expect(lists.asked.filter((url, at) => lists.asked.indexOf(url) !== at)).toEqual([]);

      // Scroll back to pages that were reduced to keys: only those are fetched again.
      const before = lists.asked.length;
      await page.evaluate(() => window.scrollTo(0, 40_000));
      // Until then, what is shown is that of the position before.
      await expect.poll(() => lists.asked.length).toBeGreaterThan(before);
      await page.getByText('60 × 60').first().waitFor();
      await expect
        .poll(() => page.getByRole('gridcell').filter({ hasText: 'Loading…' }).count())
        .toBe(0);
      await picturesShown(page, 30);
      const again = lists.asked.slice(before);
      expect(again.length).toBeLessThanOrEqual(8);

      // After the session expired, only the newest page is fetched again.
      const newest = watch(page, (request) => NEWEST.test(request.url()));
      const refusal = {
        status: 401,
        headers: { 'X-Aura-Error': 'sign_in_required' },
        json: { message: 'Sign in first' },
      };
      await page.route(NEWEST, (route) => route.fulfill(refusal), { times: 1 });
      // The session is still valid; only this one response says otherwise.
      const me = await owner.json('GET', '/v1/auth/me');
      await page.route('**/v1/auth/sign-in', (route) => route.fulfill({ json: me }));
      await page.evaluate(() => window.dispatchEvent(new Event('focus')));
      const signIn = page.getByRole('dialog', { name: 'Sign in to continue' });
      await signIn.getByLabel('Password').fill(owner.password);
      const soFar = lists.asked.length;
      await signIn.getByRole('button', { name: 'Sign in' }).click();
      await signIn.waitFor({ state: 'detached' });
      await expect.poll(() => newest.asked.length).toBeGreaterThan(1);
      await page.getByText('Your session expired').waitFor({ state: 'detached' });
      expect(lists.asked.slice(soFar)).toEqual([]);

      await page.getByRole('gridcell').first().hover();
      await page.getByRole('checkbox').first().click();
      await page.keyboard.press('Control+a');
      const selected = await page.getByText(/^[\d,]+ selected$/).textContent();
      expect(Number(selected?.replace(/\D/g, ''))).toBeGreaterThan(LONG_PAGES * 500);
      await stage.leave(page);
    },
    WALK_MS,
  );

  it(
    'loads more when everything loaded was deleted',
    async () => {
      const page = await open();
      // The images are not deleted: other tests use them.
      await page.route('**/v1/images/my-app/*', (route) => route.fulfill({ status: 204 }));
      await page.getByRole('gridcell').first().hover();
      await page.getByRole('checkbox').first().click();
      await page.keyboard.press('Control+a');
      const selected = await page.getByText(/^[\d,]+ selected$/).textContent();
      const before = Number(selected?.replace(/\D/g, ''));
      expect(before).toBeLessThan(WITH_FILES);
      await page.keyboard.press('Delete');
      await page.getByText('images will be deleted').waitFor();
      await picturesShown(page, 20);
      await stage.leave(page);
    },
    WALK_MS,
  );

  it('causes no errors in the browser', () => {
    expect(stage.complaints).toEqual([]);
  });
});
