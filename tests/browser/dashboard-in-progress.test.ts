import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import type { Person } from '../harness/control.js';
import type { SharedServer } from '../harness/shared-server.js';
import { BROWSER_START_MS } from './support/browser.js';
import { BLANK, goTo, openSharedStage, type Stage } from './support/dashboard.js';
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

describe('work in progress', () => {
  it(
    'a change of many images shows its progress; images that failed stay selected',
    async () => {
      const page = await stage.visitAs(owner, await projectWith('bulk', 'b1.png', 'b2.png'));
      const [, key] = (
        await owner.json<{ images: { key: string }[] }>('GET', '/v1/projects/bulk/images')
      ).images.map((image) => image.key);
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const change = `**/v1/images/bulk/${key}`;
      await page.route(change, async (route) => {
        await held;
        await route.fulfill({
          status: 503,
          headers: { 'X-Aura-Error': 'storage_unavailable' },
          json: { message: 'The records cannot be reached' },
        });
      });
      await page.getByRole('checkbox', { name: 'Select b1' }).click();
      await page.getByRole('checkbox', { name: 'Select b2' }).click();
      await page.getByRole('button', { name: 'Make public' }).click();
      const dialog = page.getByRole('dialog', { name: 'Make 2 images public?' });
      await dialog.getByRole('button', { name: 'Make public' }).click();
      await dialog.getByRole('status').getByText('1 of 2 done').waitFor();
      // A running change cannot be closed.
      await page.keyboard.press('Escape');
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await dialog.getByText('1 of 2 done').waitFor();
      release();
      await dialog.getByRole('alert').getByText('The records cannot be reached').waitFor();
      await page.unroute(change);
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await page.getByText('1 selected').waitFor();
      expect((await listOf('bulk')).filter((image) => image.endsWith('public'))).toHaveLength(1);
      await page.getByRole('button', { name: 'Make public' }).click();
      await page
        .getByRole('dialog', { name: 'Make 1 image public?' })
        .getByRole('button', { name: 'Make public' })
        .click();
      await expect.poll(() => listOf('bulk')).toEqual(['b1.png public', 'b2.png public']);
      await stage.keep(page);
    },
    WALK_MS,
  );

  it(
    'uploads survive navigation within the project; leaving it asks first',
    async () => {
      const path = await projectWith('leave');
      const page = await stage.visitAs(owner, path);
      await page.route(UPLOADS, () => {}); // never completes
      const picking = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Choose images' }).click();
      await (await picking).setFiles({ name: 'slow.png', mimeType: 'image/png', buffer: picture });
      await page.getByRole('button', { name: 'Upload as private' }).click();
      const uploads = page.getByRole('region', { name: 'Uploads' });
      await uploads.getByText('0 of 1 uploaded').waitFor();
      // Uploads continue on other pages of the project.
      await page.getByRole('link', { name: 'Usage' }).click();
      await page.waitForURL('**/leave/usage');
      await uploads.getByText('0 of 1 uploaded').waitFor();
      const asked: string[] = [];
      const answer = (accept: boolean) =>
        page.once('dialog', (dialog) => {
          asked.push(dialog.message());
          void (accept ? dialog.accept() : dialog.dismiss());
        });
      const home = page.getByRole('link', { name: 'AuraImage: all projects' });
      answer(false);
      await home.click();
      await expect.poll(() => asked).toHaveLength(1);
      expect(asked[0]).toContain('Some uploads have not finished');
      expect(page.url()).toContain('/leave/usage');
      await uploads.getByText('0 of 1 uploaded').waitFor();
      answer(true);
      await home.click();
      await page.getByRole('heading', { name: 'Projects' }).waitFor();
      expect(asked).toHaveLength(2);
      // The next one loads the program.
      await stage.leave(page);
    },
    WALK_MS,
  );

  it(
    'a page whose code cannot be loaded is tried again in place',
    async () => {
      const path = await projectWith('restart');
      const page = await stage.visitAs(owner, path);
      await page.getByText('No images yet').waitFor();
      let isDown = true;
      // What a restarting server looks like. The API is on the same origin, but a page with data has no need of it.
      await page.route(/\/dashboard(?:$|\/assets\/)/, (route) =>
        isDown ? route.abort('connectionrefused') : route.continue(),
      );
      await page.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
      await page.getByRole('link', { name: 'Usage' }).click();
      await page.getByText('The server does not answer. Trying again…').waitFor();
      await page.getByText('No images yet').waitFor();
      isDown = false;
      await page.getByRole('heading', { name: 'Usage' }).waitFor();
      expect(await page.evaluate(() => 'isSamePage' in globalThis)).toBe(true);
      await page.getByText('The server does not answer').waitFor({ state: 'detached' });
      await stage.keep(page);
    },
    WALK_MS,
  );

  // The last one: the page keeps its clock.
  it(
    'a deletion waits while the undo button has the pointer or the focus',
    async () => {
      const path = await projectWith('pause', 'p1.png', 'p2.png');
      const page = await stage.visitAs(owner, BLANK);
      await page.clock.install();
      await goTo(page, new URL(path, stage.server.appUrl));
      await page.getByRole('checkbox', { name: 'Select p1' }).click();
      await page.getByRole('button', { name: 'Delete' }).click();
      const undo = page.getByRole('button', { name: 'Undo' });
      await undo.hover();
      await page.clock.fastForward(60_000);
      expect(await listOf('pause')).toHaveLength(2);
      // Now the button has the focus, but not the pointer.
      await undo.focus();
      await page.mouse.move(0, 0);
      await page.clock.fastForward(60_000);
      await undo.waitFor();
      expect(await listOf('pause')).toHaveLength(2);
      await undo.blur();
      await page.clock.fastForward(60_000);
      await expect.poll(() => listOf('pause')).toEqual(['p2.png private']);
    },
    WALK_MS,
  );

  it('the browser reports no errors', () => {
    expect(stage.complaints).toEqual([]);
  });
});
