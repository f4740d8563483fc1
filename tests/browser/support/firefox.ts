import { type Browser, type ElementHandle, launch, type Page } from 'puppeteer-core';
import { findCommand, installFromDebian } from '../../harness/debian.js';

const FIREFOX = 'firefox-esr';
/** Below the limit of a test, so that a failure says what was waited for. */
const WAIT_MS = 50_000;

/**
 * A headless Firefox, driven over WebDriver BiDi: the machine's own, or the one of Debian, which is installed where
 * this process may do so. Close it in an `afterAll`; give the `beforeAll` that asks for it `BROWSER_START_MS`.
 *
 * @throws where there is none and it cannot be installed: a browser test is never left out
 *
 * @example
 * const firefox = await startFirefox();
 * const page = await firefox.newPage();
 */
export function startFirefox(): Promise<Browser> {
  return launch({
    browser: 'firefox',
    executablePath: findFirefox() ?? installFirefox(),
    headless: true,
    // Vitest ends a worker with this signal; puppeteer's own handler would keep it alive.
    handleSIGTERM: false,
  });
}

/** A page in a profile of its own. */
export async function newProfile(firefox: Browser): Promise<Page> {
  const page = await (await firefox.createBrowserContext()).newPage();
  page.setDefaultTimeout(WAIT_MS);
  return page;
}

/** Chooses files in the page's only file dialog. */
export async function chooseFiles(page: Page, ...paths: readonly string[]): Promise<void> {
  const input = (await page.waitForSelector('input[type=file]')) as ElementHandle<HTMLInputElement>;
  await input.uploadFile(...paths);
}

/** Waits until an image has loaded and is visible. */
export async function waitForImage(page: Page, selector: string): Promise<void> {
  await page.waitForFunction(
    (selector) => {
      const image = document.querySelector<HTMLImageElement>(selector);
      return image?.complete === true && image.naturalWidth > 0 && image.checkVisibility();
    },
    {},
    selector,
  );
}

function findFirefox(): string | undefined {
  return findCommand(FIREFOX, 'firefox');
}

function installFirefox(): string {
  installFromDebian(FIREFOX);
  const found = findFirefox();
  if (found === undefined) throw new Error('Debian brought no Firefox onto the PATH');
  return found;
}
