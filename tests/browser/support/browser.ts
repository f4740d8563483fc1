import { type Browser, chromium } from 'playwright-core';
import { APT_LIMIT_MS, findCommand, installFromDebian } from '../../harness/debian.js';

/** Chromium without a window: half the processor time of one that only hides it. */
const HEADLESS = 'chromium-headless-shell';

/**
 * Starts a headless Chromium: the machine's own, or the one of Debian, which is installed where this
 * process may do so. Close it in an `afterAll`; give the `beforeAll` that starts it
 * {@link BROWSER_START_MS}.
 *
 * @throws where there is none and it cannot be installed: a browser test is never left out
 *
 * @example
 * let browser: Browser;
 * beforeAll(async () => {
 *   browser = await startBrowser();
 * }, BROWSER_START_MS);
 * afterAll(() => browser?.close());
 */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium() ?? installChromium(),
    headless: true,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

/** Long enough for an installation from Debian. */
export const BROWSER_START_MS = 2 * APT_LIMIT_MS;

function findChromium(): string | undefined {
  return findCommand(
    HEADLESS,
    'chromium',
    'chromium-browser',
    'google-chrome',
    'google-chrome-stable',
  );
}

function installChromium(): string {
  installFromDebian(HEADLESS);
  const found = findChromium();
  if (found === undefined) throw new Error('Debian brought no Chromium onto the PATH');
  return found;
}
