import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const INSTALL = 'apt-get install -y --no-install-recommends chromium';
const APT_LIMIT_MS = 300_000;

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
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
}

function installChromium(): string {
  if (process.getuid?.() !== 0) {
    throw new Error(`browser tests need Chromium on the PATH. As root: ${INSTALL}`);
  }
  try {
    aptGet('update');
    aptGet(...INSTALL.split(' ').slice(1));
  } catch (cause) {
    throw new Error(`Chromium could not be installed. Try it yourself: ${INSTALL}`, { cause });
  }
  const found = findChromium();
  if (found === undefined) throw new Error(`${INSTALL} brought no Chromium onto the PATH`);
  return found;
}

/** Waits for its turn: other test files may be at the same thing. */
function aptGet(...args: readonly string[]): void {
  const wait = ['-q', '-o', 'DPkg::Lock::Timeout=240'];
  execFileSync('apt-get', [...wait, ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: APT_LIMIT_MS,
  });
}
