import {
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { APT_LIMIT_MS, findCommand, installFromDebian } from '../../harness/debian.js';
import { createOnce } from '../../harness/worker.js';

/** Chromium without a window: half the processor time of one that only hides it. */
const HEADLESS = 'chromium-headless-shell';

/** Of a new page: playwright's own size. */
export const VIEWPORT = { width: 1280, height: 720 };

/** The browser of this worker as one file sees it. */
export interface TestBrowser {
  /** A profile of its own. */
  newContext(options?: BrowserContextOptions): Promise<BrowserContext>;
  /** A page in a profile of its own. */
  newPage(): Promise<Page>;
  /** Closes every profile that was opened here; the browser goes on for other files. */
  close(): Promise<void>;
}

/** The browser that all files of this worker share. Who opens a profile of it closes it, or leaves it to another file. */
export const chromiumOfWorker = createOnce(() =>
  // Ends with the process: playwright kills it then, and removes its folder.
  chromium.launch({
    executablePath: findChromium() ?? installChromium(),
    headless: true,
    handleSIGTERM: false,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  }),
);

/**
 * A headless Chromium: the machine's own, or the one of Debian, which is installed where this process may do
 * so. All files of a worker share it. Close what was opened in an `afterAll`; give the `beforeAll` that asks
 * for it {@link BROWSER_START_MS}.
 *
 * @throws where there is none and it cannot be installed: a browser test is never left out
 *
 * @example
 * let browser: TestBrowser;
 * beforeAll(async () => {
 *   browser = await sharedBrowser();
 * }, BROWSER_START_MS);
 * afterAll(() => browser?.close());
 */
export async function sharedBrowser(): Promise<TestBrowser> {
  const browser = await chromiumOfWorker();
  const contexts: BrowserContext[] = [];
  const newContext: TestBrowser['newContext'] = async (options) => {
    const context = await browser.newContext(options);
    contexts.push(context);
    return context;
  };
  return {
    newContext,
    newPage: async () => (await newContext()).newPage(),
    async close() {
      await Promise.all(contexts.splice(0).map((context) => context.close()));
    },
  };
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
