import type { BrowserContextOptions, Locator, Page, Request } from 'playwright-core';
import { expect, onTestFailed, TestRunner } from 'vitest';
import { type Person, signUp } from '../../harness/control.js';
import { startTestServer, type TestServer } from '../../harness/server.js';
import { sharedBrowser, type TestBrowser } from './browser.js';
import { watchForComplaints } from './complaints.js';

/** Generous, for busy machines. */
const TIMEOUT_MS = 60_000;
const EMAIL = 'owner@example.com';
const PASSWORD = 'violet ladder quiet harbour';

/** A server and a browser for all tests of a file. */
export interface Stage {
  readonly server: TestServer;
  /** Opens a page in a new browser profile. `path` is relative to the dashboard's origin, or a URL. */
  visit(path: string, options?: BrowserContextOptions): Promise<Page>;
  /** The first account, created with the set-up link on the first call. */
  owner(): Promise<Person>;
  /** Opens a page with the person's session. */
  visitAs(person: Person, path: string, options?: BrowserContextOptions): Promise<Page>;
  /** Opens an address without a session; returns the status. */
  statusFor(url: string): Promise<number | undefined>;
  /** Errors and warnings of all pages so far, and their requests to other hosts. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Starts a server and a browser. Close it in an `afterAll`. @param env further settings of the server */
export async function openStage(env: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const browser = await sharedBrowser();
  const server = await startTestServer({ env }).catch(async (error: unknown) => {
    await browser.close();
    throw error;
  });
  const complaints: string[] = [];
  const origins = [server.url, server.appUrl].map((url) => new URL(url).host);
  let owner: Promise<Person> | undefined;

  const open = async (options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
    context.setDefaultTimeout(TIMEOUT_MS);
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], {
      origin: server.appUrl,
    });
    const page = await context.newPage();
    watchForComplaints(page, complaints);
    describeOnFailure(page);
    page.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      if (protocol.startsWith('http') && !origins.includes(host)) complaints.push(request.url());
    });
    return page;
  };
  const visit: Stage['visit'] = async (path, options) => {
    const page = await open(options);
    await page.goto(new URL(path, server.appUrl).href);
    return page;
  };
  return {
    server,
    complaints,
    visit,
    owner: () => {
      owner ??= signUp(server, EMAIL);
      return owner;
    },
    async visitAs(person, path, options) {
      const page = await open(options);
      const url = `${server.appUrl}/v1/`;
      const cookies = person.cookies().map(([name, value]) => ({ name, value, url }));
      await page.context().addCookies(cookies);
      await page.goto(new URL(path, server.appUrl).href);
      return page;
    },
    statusFor: (url) => statusFor(browser, url),
    async close() {
      await browser.close();
      await server.kill();
    },
  };
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

/** If the test fails, prints the page's content and its requests. */
function describeOnFailure(page: Page): void {
  if (!TestRunner.getCurrentTest()) return;
  const began = new Map<Request, number>();
  const ended: string[] = [];
  const describe = (request: Request, how: string) => {
    const seconds = (performance.now() - (began.get(request) ?? Number.NaN)) / 1000;
    return `${request.method()} ${request.url()}: ${how} ${seconds.toFixed(1)} s`;
  };
  const end = (request: Request, how: string) => {
    ended.push(describe(request, how));
    began.delete(request);
  };
  page.on('request', (request) => began.set(request, performance.now()));
  page.on('requestfinished', (request) => end(request, 'answered in'));
  page.on('requestfailed', (request) => end(request, `${request.failure()?.errorText} after`));
  onTestFailed(async () => {
    if (page.isClosed()) return;
    const shown = await page.locator('body').ariaSnapshot();
    const waiting = [...began.keys()].map((request) => describe(request, 'no answer for'));
    console.error([page.url(), shown, ...ended.slice(-10), ...waiting].join('\n'));
  });
}

async function statusFor(browser: TestBrowser, url: string): Promise<number | undefined> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    return (await page.goto(url))?.status();
  } finally {
    await context.close();
  }
}
