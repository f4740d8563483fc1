import type { Page, Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyImages } from '../../bench/support/many-images.mjs';
import { drawing } from '../files/pictures.js';
import type { Person } from '../harness/control.js';
import { upload } from '../harness/upload.js';
import { BROWSER_START_MS } from './support/browser.js';
import { openStage, picturesShown, type Stage } from './support/dashboard.js';

const WALK_MS = 180_000;
const IMAGES = 100_000;
/** Of so many newest images there is a file; no test here looks at others. */
const WITH_FILES = 2500;
/** A screen of 1440 × 900 shows 20 images; some more rows stand ready around it. */
const SCREENFULS = 80;
/** Of a list that is long enough for most of its pages to be given up. */
const LONG_PX = 550_000;
/** Elements of the whole page while the grid moves. */
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
  const viewport = { width: 1440, height: 900 };
  const page = await stage.visitAs(owner, '/dashboard/projects/my-app', { viewport });
  await picturesShown(page, 30);
  return page;
};

const isPicture = (request: Request) => request.resourceType() === 'image';
/** Of the list's pages, but for the newest one: that is asked for whenever the window has the focus. */
const isList = (request: Request) => /\/v1\/projects\/my-app\/images.*cursor=/.test(request.url());

const NEWEST = /\/v1\/projects\/my-app\/images\?limit=\d+$/;

/** Requests as they come and go. */
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

/** Scrolls frame by frame, as a fling does; the most elements and cells that there were. */
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

const keyOf = (url: string) => new URL(url).pathname;
const firstCell = (page: Page) =>
  page.evaluate(() => {
    const cells = [...document.querySelectorAll('[role="gridcell"]')];
    const seen = cells.find((cell) => cell.getBoundingClientRect().top > 200);
    return Number(seen?.getAttribute('data-index'));
  });

describe('the grid of a project with 100,000 images', () => {
  it(
    'holds a few screens of elements, and asks for no picture that was only flung past',
    async () => {
      const page = await open();
      const pictures = watch(page, isPicture);
      const lists = watch(page, isList);
      const most = await fling(page, 700, 60);
      expect(await firstCell(page)).toBeGreaterThan(500);
      expect(most.cells).toBeLessThanOrEqual(SCREENFULS);
      expect(most.elements).toBeLessThanOrEqual(MOST_ELEMENTS);
      // A machine that stands still for a moment takes the fling for a rest, here or there.
      const passed = new Set(pictures.asked.map(keyOf));
      expect(passed.size).toBeLessThanOrEqual(SCREENFULS);
      // Where it rests, everything comes.
      await picturesShown(page, 30);
      expect(pictures.most()).toBeLessThanOrEqual(SCREENFULS);
      expect(lists.most()).toBeLessThanOrEqual(2);
      await page.context().close();
    },
    WALK_MS,
  );

  it(
    'gives up the pictures that have left it before they came',
    async () => {
      const page = await open();
      const pictures = watch(page, isPicture);
      // Never answered: only the page itself can end them.
      await page.route(/\/my-app\/.*w=240/, () => {});
      await fling(page, 500, 10);
      await expect.poll(() => pictures.asked.length).toBeGreaterThan(20);
      const left = [...pictures.asked];
      await fling(page, 1000, 10);
      await expect.poll(() => pictures.aborted).toEqual(expect.arrayContaining(left));
      await page.context().close();
    },
    WALK_MS,
  );

  it(
    'keeps whole pages near the window alone; the others come back, and stay selectable meanwhile',
    async () => {
      const page = await open();
      const lists = watch(page, isList);
      const loaded = () => page.evaluate(() => document.documentElement.scrollHeight);
      while ((await loaded()) < LONG_PX) await fling(page, 4000, 20);
      const pages = lists.asked.length;
      expect(pages).toBeGreaterThan(15);
      expect(lists.asked.filter((url, at) => lists.asked.indexOf(url) !== at)).toEqual([]);

      // Back where nothing but the keys was kept: those pages are asked for again, and no others.
      const before = lists.asked.length;
      await page.evaluate(() => window.scrollTo(0, 40_000));
      await page.getByText('60 × 60').first().waitFor();
      await expect
        .poll(() => page.getByRole('gridcell').filter({ hasText: 'Loading…' }).count())
        .toBe(0);
      await picturesShown(page, 30);
      const again = lists.asked.slice(before);
      expect(again.length).toBeGreaterThan(0);
      expect(again.length).toBeLessThanOrEqual(8);

      // A session that ends is no reason to ask for all of it: the newest page is enough.
      const newest = watch(page, (request) => NEWEST.test(request.url()));
      const refusal = {
        status: 401,
        headers: { 'X-Aura-Error': 'sign_in_required' },
        json: { message: 'Sign in first' },
      };
      await page.route(NEWEST, (route) => route.fulfill(refusal), { times: 1 });
      // The session is as good as ever: only the page is told otherwise.
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
      expect(Number(selected?.replace(/\D/g, ''))).toBeGreaterThan(9000);
      await page.context().close();
    },
    WALK_MS,
  );

  it(
    'goes on where all that is loaded was deleted',
    async () => {
      const page = await open();
      // None of it really happens: others look at these images.
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
      await page.context().close();
    },
    WALK_MS,
  );

  it('complains of nothing', () => {
    expect(stage.complaints).toEqual([]);
  });
});
