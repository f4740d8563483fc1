import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import type { Person } from '../harness/control.js';
import type { SharedServer } from '../harness/shared-server.js';
import { postUpload, upload } from '../harness/upload.js';
import { BROWSER_START_MS } from './support/browser.js';
import {
  BLANK,
  copyBy,
  goTo,
  openSharedStage,
  picturesShown,
  type Stage,
  statusOf,
  uploadByPicker,
} from './support/dashboard.js';

const WALK_MS = 180_000;

let stage: Stage<SharedServer>;
let owner: Person;
let picture: Buffer;
let projectName: string;
let project: string;
let avatar: string;

const store = async (name: string, filename: string, metadata: Record<string, string> = {}) => {
  const { server } = stage;
  const token = await server.aura.signUpload({ name, visibility: 'private', metadata });
  expect((await postUpload(server.url, token, picture, filename)).status).toBe(201);
};
const urlOf = (path: string) => new URL(path, stage.server.appUrl);
const tile = (page: Page, name: string) => page.getByRole('gridcell').filter({ hasText: name });
const namesOf = async (): Promise<string[]> => {
  const path = { project: projectName };
  const { data } = await owner.api.GET('/v1/projects/{project}/images', { params: { path } });
  return (data?.images ?? []).map(({ key, visibility }) => `${key} ${visibility}`).sort();
};

beforeAll(async () => {
  stage = await openSharedStage();
  owner = await stage.owner();
  ({ projectName } = stage.server.credentials);
  project = `/dashboard/projects/${projectName}`;
  avatar = `${project}/images/users/42/avatar`;
  picture = await drawing(120, 90).png().toBuffer();
  await store('users/42/avatar', 'Größe 1.png', { album: 'summer' });
  await store('users/7/avatar', 'seven.png');
  await store('users/list', 'list.png');
  await store('top', 'top.png');
}, BROWSER_START_MS);
afterAll(() => stage?.close());

describe('an image with slashes in its name', () => {
  it(
    'is opened from the grid and by its address, shown, linked, downloaded and made public',
    async () => {
      const page = await stage.visitAs(owner, project);
      await picturesShown(page, 4);
      // Searches find file names too, in any case.
      await page.getByLabel('Search by name').fill('GRÖßE');
      await page.getByText('1 image in total').waitFor();
      await tile(page, 'users/42/avatar').getByRole('link').click();
      await page.getByRole('heading', { name: 'users/42/avatar', exact: true }).waitFor();
      expect(new URL(page.url()).pathname).toBe(avatar);
      await page.goto(`${stage.server.appUrl}${avatar}`);
      await picturesShown(page, 2);
      await page.getByText('Größe 1.png').waitFor();
      await page.getByText('summer').waitFor();

      const downloading = page.waitForEvent('download');
      await page.getByRole('link', { name: 'Download original' }).click();
      const download = await downloading;
      expect(download.suggestedFilename()).toBe('Größe 1.png');
      expect(await readFile(await download.path())).toEqual(picture);

      await page.getByRole('button', { name: 'Get a signed link' }).click();
      const link = await copyBy(page.getByRole('button', { name: 'Copy Signed link' }));
      expect(await statusOf(link)).toBe(200);

      await page.getByRole('button', { name: 'Make public…' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Make public' }).click();
      await page.getByText('The image is now public').first().waitFor();
      expect(await namesOf()).toContain('users/42/avatar public');
      expect(await copyBy(page.getByRole('button', { name: 'Copy Name' }))).toBe('users/42/avatar');
      await stage.keep(page);
    },
    WALK_MS,
  );

  it(
    'is renamed; a name that is taken or malformed is explained in place',
    async () => {
      await store('old/name', 'renamed.png');
      const page = await stage.visitAs(owner, `${project}/images/old/name`);
      await picturesShown(page, 2);
      await page.getByRole('button', { name: 'Rename…' }).click();
      const dialog = page.getByRole('dialog');
      const field = dialog.getByLabel('New name');
      const rename = dialog.getByRole('button', { name: 'Rename image' });
      expect(await field.inputValue()).toBe('old/name');
      await dialog.getByText('every link that was signed for it stops working').waitFor();
      await field.fill('users/../name');
      await rename.click();
      await dialog.getByText(/^The name must consist of pieces/).waitFor();
      await field.fill('users/list');
      await rename.click();
      await dialog.getByText('Another image of this project has this name.').waitFor();
      await field.fill('new/name.png');
      await rename.click();
      await page.getByRole('heading', { name: 'new/name', exact: true }).waitFor();
      expect(new URL(page.url()).pathname).toBe(`${project}/images/new/name`);
      await picturesShown(page, 2);
      expect(await namesOf()).toContain('new/name private');
      // It has kept its place in the list.
      const next = page.getByRole('link', { name: 'Next image' });
      await expect.poll(() => next.getAttribute('aria-disabled')).toBe(null);
      await goTo(page, urlOf(`${project}/images/old/name`));
      await page.getByText('This image does not exist').waitFor();
      await goTo(page, urlOf(`${project}/images`));
      await page.getByRole('heading', { name: 'Page not found' }).waitFor();
      await owner.json('DELETE', `/v1/images/${projectName}/new/name`);
      await stage.keep(page);
    },
    WALK_MS,
  );

  it(
    'has metadata that is edited within its bounds',
    async () => {
      const page = await stage.visitAs(owner, avatar);
      await page.getByRole('button', { name: 'Edit metadata…' }).click();
      const dialog = page.getByRole('dialog');
      expect(await dialog.getByLabel('Key 1').inputValue()).toBe('album');
      await dialog.getByText('1 of 16 pairs, 18 of 2,048 bytes').waitFor();
      await dialog.getByRole('button', { name: 'Add a pair' }).click();
      await dialog.getByLabel('Key 2').fill('Not a key');
      await dialog.getByRole('button', { name: 'Save metadata' }).click();
      await dialog.getByRole('alert').filter({ hasText: 'must have keys of 1 to 40' }).waitFor();
      await dialog.getByLabel('Key 2').fill('place');
      await dialog.getByLabel('Value 2').fill('Zürich');
      await dialog.getByRole('button', { name: 'Remove pair 1' }).click();
      await dialog.getByRole('button', { name: 'Save metadata' }).click();
      await page.getByText('The metadata is saved').first().waitFor();
      await page.getByRole('region', { name: 'Metadata' }).getByText('Zürich').waitFor();
      expect(await page.getByText('summer').count()).toBe(0);
      expect(await owner.json('GET', `/v1/images/${projectName}/users/42/avatar`)).toMatchObject({
        metadata: { place: 'Zürich' },
      });
      await stage.keep(page);
    },
    WALK_MS,
  );

  it(
    'has a focal point that is chosen by keys, pointer and fields, seen in crops, and removed',
    async () => {
      const page = await stage.visitAs(owner, avatar);
      const section = page.getByRole('region', { name: 'Focal point' });
      const focusOf = async () =>
        (await owner.json<{ focus: unknown }>('GET', `/v1/images/${projectName}/users/42/avatar`))
          .focus;
      await section.getByText('Crops keep the middle in view.').waitFor();
      await section.getByRole('button').press('Enter');
      const dialog = page.getByRole('dialog');
      const [left, top] = [dialog.getByLabel('From the left'), dialog.getByLabel('From the top')];
      const picker = dialog.getByRole('button', { name: 'Focal point on the picture' });
      expect(await picker.evaluate((one) => one === document.activeElement)).toBe(true);
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Shift+ArrowUp');
      await dialog.getByText('51% from the left, 40% from the top').waitFor();
      expect([await left.inputValue(), await top.inputValue()]).toEqual(['51', '40']);
      const { width = 0, height = 0 } = (await picker.boundingBox()) ?? {};
      await picker.click({ position: { x: width / 4, y: height * 0.75 } });
      await expect.poll(() => left.inputValue()).toMatch(/^2[45]/);
      await left.fill('0');
      await top.fill('120');
      await dialog.getByRole('button', { name: 'Save point' }).click();
      expect(await top.evaluate((one: HTMLInputElement) => one.validity.rangeOverflow)).toBe(true);
      await top.fill('80.5');
      const square = dialog.getByRole('img', { name: 'Cropped to 1:1' });
      await expect
        .poll(() => square.evaluate((one) => getComputedStyle(one).objectPosition))
        .toBe('0% 50%');
      await dialog.getByRole('button', { name: 'Save point' }).click();
      await section.getByText('0% from the left, 80.5% from the top.').waitFor();
      expect(await focusOf()).toEqual({ x: 0, y: 0.805 });
      await section.getByRole('button').click();
      expect(await top.inputValue()).toBe('80.5');
      await dialog.getByRole('button', { name: 'Remove' }).click();
      await section.getByText('Crops keep the middle in view.').waitFor();
      expect(await focusOf()).toBeNull();
      await stage.keep(page);
    },
    WALK_MS,
  );
});

it(
  'the addresses of a TIFF ask for a format that browsers show, and the page says why',
  async () => {
    const tiff = await drawing(120, 90).tiff().toBuffer();
    const { key } = await upload(stage.server, tiff, 'private', 'scan.tiff');
    const page = await stage.visitAs(owner, `${project}/images/${key}`);
    await page
      .getByText(/^Most browsers cannot show TIFF files/)
      .first()
      .waitFor();
    await page.getByText(`/${projectName}/${key}?fmt=auto`).first().waitFor();
    await page.getByLabel('Width').fill('');
    const address = await copyBy(page.getByRole('button', { name: 'Copy Address' }));
    expect(new URL(address).search).toBe('?fmt=auto');
    await page.getByRole('button', { name: 'Get a signed link' }).click();
    const link = await copyBy(page.getByRole('button', { name: 'Copy Signed link' }));
    const { status, headers } = await fetch(link, { headers: { Accept: 'image/webp,*/*' } });
    expect([status, headers.get('Content-Type')]).toEqual([200, 'image/webp']);
    await stage.keep(page);
    await owner.json('DELETE', `/v1/images/${projectName}/${key}`);
  },
  WALK_MS,
);

describe('the folders of a project', () => {
  it(
    'are opened one by one, have addresses of their own, and lead back from an image',
    async () => {
      const page = await stage.visitAs(owner, project);
      await page.getByRole('link', { name: 'Folders' }).click();
      await page.getByText('1 folder and 1 image').waitFor();
      const heading = page.getByRole('heading', { level: 1 });
      const folders = page.getByRole('list', { name: 'Folders' });
      await folders.getByRole('link', { name: 'users' }).press('Enter');
      await page.getByText('2 folders and 1 image').waitFor();
      expect(new URL(page.url()).pathname).toBe(`${project}/folders/users`);
      expect(await heading.textContent()).toBe('Folder users/');
      expect(await heading.evaluate((one) => one === document.activeElement)).toBe(true);
      const tab = page.getByRole('link', { name: 'Images', exact: true });
      expect(await tab.getAttribute('aria-current')).toBe('true');
      await folders.getByRole('link', { name: '42' }).click();
      await page.getByText('1 image in total').waitFor();
      const crumbs = page.getByRole('navigation', { name: 'Folder' });
      expect(await crumbs.getByRole('link').allTextContents()).toEqual(['Folders', 'users', '42']);
      expect(await crumbs.locator('[aria-current]').textContent()).toBe('42');
      await page.goBack();
      await page.getByText('2 folders and 1 image').waitFor();
      await page.goForward();
      await page.getByText('1 image in total').waitFor();
      await page.reload();
      await tile(page, 'avatar').getByRole('link').click();
      await page.getByRole('heading', { name: 'users/42/avatar', exact: true }).waitFor();
      await page.getByRole('link', { name: 'users/42/' }).click();
      await page.getByText('1 image in total').waitFor();
      await crumbs.getByRole('link', { name: 'users' }).click();
      await page.getByText('2 folders and 1 image').waitFor();
      await stage.keep(page);
    },
    WALK_MS,
  );

  it(
    'select and delete their images, and say when they are empty',
    async () => {
      await store('trips/one', 'one.png');
      const page = await stage.visitAs(owner, `${project}/folders/trips`);
      await page.getByText('1 image in total').waitFor();
      await page.getByRole('checkbox', { name: 'Select one' }).click();
      await page.getByRole('button', { name: 'Delete' }).click();
      await page.getByRole('button', { name: 'Undo' }).click();
      // What is uploaded while the folder is open goes into it, under a name that is free.
      const files = [
        { name: 'One.png', buffer: picture },
        { name: 'Größe 1.png', buffer: picture },
      ];
      await uploadByPicker(page, files, 'private');
      await page.getByText('3 images in total').waitFor();
      expect(await namesOf()).toEqual(
        expect.arrayContaining(['trips/one-2 private', 'trips/grosse-1 private']),
      );
      for (const name of ['one-2', 'grosse-1']) {
        await owner.json('DELETE', `/v1/images/${projectName}/trips/${name}`);
      }
      await page.reload();
      await tile(page, 'one').getByRole('link').click();
      await page.getByRole('button', { name: 'Delete image' }).click();
      await page.getByText('1 image will be deleted').waitFor();
      await page.getByText('This folder is empty').waitFor();
      await page.getByRole('link', { name: 'All folders' }).click();
      await expect.poll(namesOf).not.toContain('trips/one private');
      await goTo(page, urlOf(`${project}/folders/a%20b`));
      await page.getByText('This folder is empty').waitFor();
      await stage.keep(page);
    },
    WALK_MS,
  );

  it(
    'are listed page by page, as the person asks for more',
    async () => {
      const page = await stage.visitAs(owner, BLANK);
      await page.route(`**/v1/projects/${projectName}/images?*`, (route) => {
        const url = new URL(route.request().url());
        url.searchParams.set('limit', '2');
        return route.continue({ url: url.href });
      });
      await goTo(page, urlOf(`${project}/folders/users`));
      const folders = page.getByRole('list', { name: 'Folders' }).getByRole('link');
      await folders.nth(1).waitFor();
      expect(await page.getByRole('gridcell').count()).toBe(0);
      await page.getByRole('button', { name: 'Show more' }).click();
      await page.getByText('2 folders and 1 image').waitFor();
      expect(await folders.allTextContents()).toEqual(['42', '7']);
      expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0);
      await stage.keep(page);
    },
    WALK_MS,
  );

  it('and the browser reports no errors', () => {
    expect(stage.complaints).toEqual([]);
  });
});
