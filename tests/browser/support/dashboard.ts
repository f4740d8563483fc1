import type { BrowserContextOptions, Locator, Page, Request } from 'playwright-core';
import { expect, onTestFailed, TestRunner } from 'vitest';
import { type Person, signUp } from '../../harness/control.js';
import { startTestServer, type TestServer } from '../../harness/server.js';
import { sharedBrowser, type TestBrowser } from './browser.js';
import { watchForComplaints } from './complaints.js';

/** Busy machines are slow: nothing here waits for longer than it has to. */
const PATIENCE_MS = 60_000;
const EMAIL = 'owner@example.com';
const PASSWORD = 'violet ladder quiet harbour';

/** A server of its own and a browser, for all tests of a file. */
export interface Stage {
  readonly server: TestServer;
  /** Opens a page in a browser profile of its own; `path` is of the dashboard's origin, or an address. */
  visit(path: string, options?: BrowserContextOptions): Promise<Page>;
  /** The first account, made by the set-up link when it is first asked for. */
  owner(): Promise<Person>;
  /** A page for somebody who is signed in. */
  visitAs(person: Person, path: string, options?: BrowserContextOptions): Promise<Page>;
  /** Opens an address as somebody without a session; the status of the answer. */
  statusFor(url: string): Promise<number | undefined>;
  /** What pages have complained of so far, and their requests to other hosts. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Starts a server and a browser. Close it in an `afterAll`. */
export async function openStage(): Promise<Stage> {
  const browser = await sharedBrowser();
  const server = await startTestServer().catch(async (error: unknown) => {
    await browser.close();
    throw error;
  });
  const complaints: string[] = [];
  const origins = [server.url, server.appUrl].map((url) => new URL(url).host);
  let owner: Promise<Person> | undefined;

  const open = async (options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
    context.setDefaultTimeout(PATIENCE_MS);
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
      const [name = '', value = ''] = person.cookie().split('=');
      await page.context().addCookies([{ name, value, url: `${server.appUrl}/v1/` }]);
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

/** Fills in what a set-up link or an invitation asks for, and waits for the list of projects. */
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

/** What a button puts into the clipboard. */
export async function copyBy(button: Locator): Promise<string> {
  const page = button.page();
  await page.evaluate(() => navigator.clipboard.writeText(''));
  await button.click();
  const read = () => page.evaluate(() => navigator.clipboard.readText());
  await expect.poll(read, { timeout: 20_000 }).not.toBe('');
  return read();
}

/** Picks files as a person does, and uploads them. */
export async function uploadByPicker(
  page: Page,
  files: readonly { readonly name: string; readonly buffer: Buffer }[],
  visibility: 'private' | 'public',
): Promise<void> {
  // Asked for well before: the browser has to be told that it must not open a real dialog.
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

/** Waits until the pictures of a part of the page have arrived. */
export async function picturesShown(page: Page, count: number): Promise<void> {
  await page.waitForFunction(
    (count) =>
      [...document.querySelectorAll<HTMLImageElement>('main img')].filter(
        ({ complete, naturalWidth }) => complete && naturalWidth > 0,
      ).length >= count,
    count,
    { timeout: PATIENCE_MS },
  );
}

/** Where the test that opened it fails, says what the page shows and waits for. */
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
