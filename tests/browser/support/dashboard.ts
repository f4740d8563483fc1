import { randomBytes } from 'node:crypto';
import { AuraImage } from '@auraimage/sdk';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { type Person, signUp } from '../../harness/control.js';
import { makeProject } from '../../harness/projects.js';
import { startTestServer, type TestServer } from '../../harness/server.js';
import { type SharedServer, sharedHost } from '../../harness/shared-server.js';
import { chromiumOfWorker, VIEWPORT } from './browser.js';
import { watchForComplaints } from './complaints.js';
import { describeOnFailure } from './describe-on-failure.js';

/** Generous, for busy machines. */
const TIMEOUT_MS = 60_000;
const EMAIL = 'owner@example.com';
const PASSWORD = 'violet ladder quiet harbour';

/**
 * Where a visit begins that first prepares its page. Nothing removes a clock from a page: a visit that installs one has a
 * page of its own, by options, or the page is neither left nor kept afterwards.
 */
export const BLANK = 'about:blank';
/** A page of the dashboard that shows nothing. */
const NOWHERE = '/dashboard/none';
/** Events of a page that tests watch. */
const WATCHED = ['console', 'pageerror', 'request', 'requestfinished', 'requestfailed', 'response'];

/** A server and a browser for all tests of a file. */
export interface Stage<Server extends SharedServer = TestServer> {
  readonly server: Server;
  /** Opens a page in an empty browser profile. `path` is relative to the dashboard's origin, or a URL. */
  visit(path: string, options?: BrowserContextOptions): Promise<Page>;
  /** The owner of the project: the first account, created with the set-up link on the first call, or another one. */
  owner(): Promise<Person>;
  /** Opens a page with the person's session. */
  visitAs(person: Person, path: string, options?: BrowserContextOptions): Promise<Page>;
  /**
   * Ends a visit: the next one without options gets the page with its profile emptied. It starts in a third of the
   * processor time, since the browser has the dashboard's program. A page with options, a clock or an init script would
   * keep them: close its context instead.
   */
  leave(page: Page): Promise<void>;
  /**
   * Ends a visit; the next one of the same person without options goes on in the page, with its session, its program
   * and the answers that it keeps for some seconds. It takes a tenth of the processor time of a load. Of each person, one
   * page is kept at a time.
   */
  keep(page: Page): Promise<void>;
  /** Errors and warnings of all pages so far, and their requests to other hosts. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Pages on the server that the files of this worker share, left by those that have ended. */
const leftToOthers: Page[] = [];

/** Starts a server and a browser. Close it in an `afterAll`. @param env further settings of the server */
export async function openStage(env: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const browser = await chromiumOfWorker();
  const server = await startTestServer({ env });
  let owner: Promise<Person> | undefined;
  const ownerOf = () => {
    owner ??= signUp(server, EMAIL);
    return owner;
  };
  const stage = makeStage(browser, server, ownerOf, []);
  return {
    ...stage,
    async close() {
      await stage.close();
      await server.kill();
    },
  };
}

/**
 * A new project, with an account that owns it, on the server that all files of this worker share: no start, and mostly a
 * page of another file, which has the program. A file with other settings, or whose subject is the first account or
 * people, needs {@link openStage}.
 */
export async function openSharedStage(): Promise<Stage<SharedServer>> {
  const { url, appUrl, dataDir, owner: admin } = await sharedHost();
  const name = `app-${randomBytes(6).toString('hex')}`;
  const invited = await admin.json<{ url: string }>('POST', '/v1/auth/invitations', {});
  const owner = await signUp({ appUrl }, `${name}@example.com`, invited.url);
  const credentials = await makeProject(owner.api, name, url);
  const server = { url, appUrl, dataDir, credentials, aura: new AuraImage(credentials) };
  return makeStage(await chromiumOfWorker(), server, async () => owner, leftToOthers);
}

/** @param left pages without options that were left */
function makeStage<Server extends SharedServer>(
  browser: Browser,
  server: Server,
  owner: Stage['owner'],
  left: Page[],
): Stage<Server> {
  const complaints: string[] = [];
  const origins = [server.url, server.appUrl].map((url) => new URL(url).host);
  const pages = new Set<Page>();
  /** Pages that were kept, with their person. */
  const kept = new Map<Person, Page>();
  const visitors = new Map<Page, Person>();
  /** Ends what a visit watches. */
  const endings = new Map<Page, () => void>();

  const create = async (options: BrowserContextOptions): Promise<Page> => {
    const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
    context.setDefaultTimeout(TIMEOUT_MS);
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], {
      origin: server.appUrl,
    });
    return context.newPage();
  };
  const watch = (page: Page) => {
    pages.add(page);
    watchForComplaints(page, complaints);
    page.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      if (protocol.startsWith('http') && !origins.includes(host)) complaints.push(request.url());
    });
  };
  const open = async (options?: BrowserContextOptions): Promise<Page> => {
    const page = (options === undefined && left.pop()) || (await create(options ?? {}));
    if (!pages.has(page)) watch(page);
    endings.set(page, describeOnFailure(page));
    return page;
  };
  const visit: Stage['visit'] = async (path, options) => {
    const page = await open(options);
    await go(page, path);
    return page;
  };
  const go = async (page: Page, path: string) => {
    if (path !== BLANK) await page.goto(new URL(path, server.appUrl).href);
  };
  const leave: Stage['leave'] = async (page) => {
    endings.get(page)?.();
    await forget(page, server.appUrl);
    left.push(page);
  };
  return {
    server,
    complaints,
    visit,
    owner,
    async visitAs(person, path, options) {
      const own = options === undefined ? kept.get(person) : undefined;
      if (own !== undefined) {
        kept.delete(person);
        endings.set(own, describeOnFailure(own));
        await goAnew(own, new URL(path === BLANK ? NOWHERE : path, server.appUrl));
        return own;
      }
      const page = await open(options);
      visitors.set(page, person);
      const url = `${server.appUrl}/v1/`;
      const cookies = person.cookies().map(([name, value]) => ({ name, value, url }));
      await page.context().addCookies(cookies);
      await go(page, path);
      return page;
    },
    leave,
    async keep(page) {
      const person = visitors.get(page);
      if (person === undefined) throw new Error('only a page with a session is kept');
      if (kept.has(person)) throw new Error('a page of this person is already kept');
      endings.get(page)?.();
      await tidy(page);
      kept.set(person, page);
    },
    async close() {
      if (left === leftToOthers) await Promise.all([...kept.values()].map(leave));
      const release = (page: Page) =>
        leftToOthers.includes(page) ? stopWatching(page) : page.context().close();
      await Promise.all([...pages].map(release));
    },
  };
}

/**
 * Goes to a page of the dashboard. Where it is open with a session, its program stays, as when somebody follows a link: a
 * fifth of the processor time of a new load. What is above the page stays too, such as a message.
 */
export async function goTo(page: Page, url: URL): Promise<void> {
  const isOpen = (await page.locator('[aria-label^="Account menu"]').count()) > 0;
  if (isOpen) await page.evaluate((url) => history.pushState({}, '', url), url.href);
  else await page.goto(url.href);
}

/** As {@link goTo}, to a page of which nothing is there yet: another one was in between. */
export async function goAnew(page: Page, url: URL): Promise<void> {
  await goTo(page, new URL(NOWHERE, url));
  await page.getByRole('heading', { name: 'Page not found' }).waitFor();
  await page.evaluate(() => {
    const messages = document.querySelectorAll<HTMLElement>('[aria-label="Dismiss message"]');
    for (const message of messages) message.click();
  });
  // Dialogs of the top bar outlive their page.
  if ((await page.locator('dialog[open]').count()) > 0) await page.goto(url.href);
  else if (url.pathname !== NOWHERE) await goTo(page, url);
}

/** The status of an address without a session. */
export async function statusOf(url: string): Promise<number> {
  return (await fetch(url)).status;
}

/** Creates an account on the page of a set-up link or an invitation. */
export async function acceptLink(page: Page, email = EMAIL, password = PASSWORD): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Choose a password').fill(password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('heading', { name: 'Projects' }).waitFor();
}

export async function signIn(page: Page, email = EMAIL, password = PASSWORD): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Clicks a button; returns what it copied to the clipboard. */
export async function copyBy(button: Locator): Promise<string> {
  const page = button.page();
  await page.evaluate(() => navigator.clipboard.writeText(''));
  await button.click();
  const read = () => page.evaluate(() => navigator.clipboard.readText());
  await expect.poll(read, { timeout: 20_000 }).not.toBe('');
  return read();
}

/** Uploads files with the browser's file dialog. */
export async function uploadByPicker(
  page: Page,
  files: readonly { readonly name: string; readonly buffer: Buffer }[],
  visibility: 'private' | 'public',
): Promise<void> {
  // Before the click, so that the browser does not open a real dialog.
  const picking = page.waitForEvent('filechooser');
  await page
    .getByRole('button', { name: /^(?:Choose images|Upload)$/ })
    .first()
    .click();
  await (await picking).setFiles(files.map((file) => ({ mimeType: 'image/png', ...file })));
  const dialog = page.getByRole('dialog');
  await dialog.getByText(visibility === 'private' ? 'Private' : 'Public', { exact: true }).click();
  await dialog.getByRole('button', { name: `Upload as ${visibility}` }).click();
  const uploads = page.getByRole('region', { name: 'Uploads' });
  await uploads.getByText(`${files.length} uploaded`, { exact: true }).waitFor();
  await uploads.getByRole('button', { name: 'Clear the list' }).click();
}

/** Waits until a number of images have loaded. */
export async function picturesShown(page: Page, count: number): Promise<void> {
  await page.waitForFunction(
    (count) =>
      [...document.querySelectorAll<HTMLImageElement>('main img')].filter(
        ({ complete, naturalWidth }) => complete && naturalWidth > 0,
      ).length >= count,
    count,
    { timeout: TIMEOUT_MS },
  );
}

/** Empties a page and its profile. What the browser keeps of files from the server stays. */
async function forget(page: Page, url: string): Promise<void> {
  const context = page.context();
  await tidy(page);
  await page.evaluate(() => sessionStorage.clear());
  // Of the same origin: for a page of another one, the browser starts a new process.
  await page.goto(new URL('/health', url).href);
  const session = await context.newCDPSession(page);
  const { origin } = new URL(url);
  await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
  await session.detach();
  await context.clearCookies();
}

function stopWatching(page: Page): void {
  for (const event of WATCHED) page.removeAllListeners(event);
}

async function tidy(page: Page): Promise<void> {
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.mouse.move(0, 0);
  await page.emulateMedia({ colorScheme: null, reducedMotion: 'reduce' });
  await page.setViewportSize(VIEWPORT);
}
