import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { findChromium } from '../bench/support/chromium.mjs';
import { landscapePhoto } from '../bench/support/landscape.mjs';
import { startServer, uploadImage } from '../bench/support/server.mjs';

// `npm run screenshots` makes the pictures of docs/start/dashboard.md with the product itself. Run it after a change to
// the look of the dashboard, and commit its output. It needs Chromium in /usr/bin, or its path in CHROMIUM.

const ROOT = new URL('..', import.meta.url);
const MOST_BYTES = 200_000;
/** The URL to show in the pictures; the real server uses another port. */
const SHOWN = 'http://localhost:8787';
const ACCOUNT = { email: 'ada@example.com', password: `screens ${crypto.randomUUID()}` };

/**
 * Parts of the repository's pictures, newest first.
 *
 * @type {[name: string, source: 'landscape' | 'portrait' | 'aurora', part: number[], visibility: 'public' | 'private'][]}
 */
const PICTURES = [
  ['hills.jpg', 'landscape', [0, 900, 2400, 1800], 'public'],
  ['astronaut.jpg', 'portrait', [0, 0, 384, 384], 'private'],
  ['valley.jpg', 'landscape', [1200, 0, 2600, 2600], 'public'],
  ['aurora.jpg', 'aurora', [0, 40, 1200, 640], 'private'],
  ['ridge.jpg', 'landscape', [2000, 1000, 2000, 1500], 'public'],
  ['clouds.jpg', 'landscape', [1900, 0, 1000, 1000], 'public'],
  ['aurora-detail.jpg', 'aurora', [640, 60, 520, 520], 'private'],
  ['meadow.jpg', 'landscape', [300, 1500, 1500, 1500], 'public'],
  ['profile-photo.jpg', 'portrait', [90, 10, 190, 190], 'private'],
  ['treeline.jpg', 'landscape', [2700, 800, 900, 900], 'private'],
];

// These run in the page.
const PICTURES_SHOWN =
  "[...document.querySelectorAll('main img')].filter((image) => image.naturalWidth > 0).length";
const SHOW_ADDRESS = `(from, to) => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { currentNode: text } = texts;
    if (text.nodeValue.includes(from)) text.nodeValue = text.nodeValue.replaceAll(from, to);
  }
}`;

const folder = await mkdtemp(join(tmpdir(), 'aura-screenshots-'));
const server = await startServer({ dataDir: join(folder, 'data'), account: ACCOUNT });
/** The server's configured URL. */
const app = server.url.replace('127.0.0.1', 'localhost');
const browser = await chromium.launch({
  executablePath: findChromium(),
  args: ['--no-sandbox', '--disable-gpu', '--hide-scrollbars'],
});
try {
  const keys = await uploadPictures();
  const page = await signedIn();
  const project = `${app}/dashboard/projects/${server.secrets.projectName}`;
  await keep('dashboard-images', project, { size: [1200, 720], shown: PICTURES.length });
  await keep('dashboard-image', `${project}/images/${keys.get('aurora.jpg')}`, {
    size: [1200, 860],
    shown: 2,
  });
  await keep('dashboard-settings', `${project}/settings`, { size: [1200, 760], shown: 0 });
  await keep('dashboard-phone', project, {
    size: [390, 760],
    shown: 6,
    dark: true,
  });

  /**
   * @param {string} name
   * @param {string} url
   * @param {{ size: readonly [number, number], shown: number, dark?: boolean }} options `shown`: number of
   *   pictures that must have loaded
   */
  async function keep(name, url, { size: [width, height], shown, dark = false }) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce' });
    await page.goto(url, { waitUntil: 'networkidle' });
    await page.waitForFunction(`${PICTURES_SHOWN} >= ${shown}`);
    await page.evaluate(`(${SHOW_ADDRESS})('${app}', '${SHOWN}')`);
    const bytes = await sharp(await page.screenshot())
      .webp({ quality: 82, effort: 6 })
      .toBuffer();
    if (bytes.length > MOST_BYTES) throw new Error(`${name} has ${bytes.length} bytes`);
    await writeFile(new URL(`docs/images/${name}.webp`, ROOT), bytes);
    console.log(`${name}: ${bytes.length} bytes`);
  }
} finally {
  await browser.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

async function uploadPictures() {
  const sources = {
    landscape: await landscapePhoto(),
    portrait: await readFile(new URL('tests/files/assets/astronaut.jpg', ROOT)),
    aurora: await readFile(new URL('apps/node/assets/northern-lights.jpg', ROOT)),
  };
  /** @type {Map<string, string>} */
  const keys = new Map();
  for (const [name, source, part, visibility] of PICTURES.toReversed()) {
    const [left = 0, top = 0, width = 0, height = 0] = part;
    const bytes = await sharp(sources[source])
      .extract({ left, top, width, height })
      .jpeg({ quality: 85 })
      .toBuffer();
    keys.set(name, await uploadImage(server, new Uint8Array(bytes), visibility, name));
  }
  return keys;
}

async function signedIn() {
  const context = await browser.newContext({ deviceScaleFactor: 1.5, locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto(`${app}/dashboard`);
  await page.getByLabel('Email').fill(ACCOUNT.email);
  await page.getByLabel('Password').fill(ACCOUNT.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Projects' }).waitFor();
  return page;
}
