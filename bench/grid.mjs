import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { mainThread, openDashboard } from './support/chromium.mjs';
import { landscapePhoto } from './support/landscape.mjs';
import { copyImages } from './support/many-images.mjs';
import { heading, rounded, table } from './support/print.mjs';
import { startServer, uploadImage } from './support/server.mjs';

const IMAGES = 100_000;
const UPLOADS = 120;
const ACCOUNT = { email: 'ada@example.com', password: `bench ${crypto.randomUUID()}` };
/** Pixels per frame, and number of frames: for a mouse wheel, and for a fling. */
const SLOW = [24, 240];
const FAST = [400, 240];

/** Parts of the list that the scenes show. Only they have files, because linking all would take too long. */
const hasFile = (/** @type {number} */ place) =>
  place < 4000 || place > IMAGES - 1000 || Math.abs(place - IMAGES / 2) < 2000;

/** Measures the browser's main thread while a user scrolls through 100,000 images. */
export async function benchGrid() {
  const folder = await mkdtemp(join(tmpdir(), 'aura-bench-'));
  const dataDir = join(folder, 'data');
  const server = await startServer({ dataDir, account: ACCOUNT });
  try {
    await uploadParts(server);
    const project = server.secrets.projectName;
    await copyImages({ dataDir, project, count: IMAGES, hasFile });
    const { app, browser, page } = await openDashboard(server, ACCOUNT);
    let requests = 0;
    page.on('request', (request) => {
      if (request.resourceType() === 'image') requests += 1;
    });
    await page.goto(`${app}/dashboard/projects/${project}`);
    await page.waitForFunction(
      "[...document.querySelectorAll('main img')].filter((image) => image.naturalWidth > 0).length > 20",
    );
    /** @type {(string | number)[][]} */
    const rows = [];
    /** @param {string} name @param {() => Promise<void>} work */
    const measure = async (name, work) => {
      requests = 0;
      const { frames, median, p95, longest, events } = await mainThread(browser, page, work);
      if (process.env['BENCH_GRID_EVENTS']) printEvents(name, events);
      const { nodes, images, rows: height } = await page.evaluate(IN_PAGE);
      rows.push([
        name,
        frames,
        median.toFixed(1),
        p95.toFixed(1),
        longest.toFixed(0),
        requests,
        nodes,
        images,
        rounded(height),
      ]);
    };
    const step = (/** @type {readonly number[]} */ [pixels = 0, frames = 0]) =>
      page.evaluate(`(${SCROLL})(${pixels}, ${frames})`).then(() => {});
    await measure('slow, 24 px per frame', () => step(SLOW));
    await measure('fast, 400 px per frame', () => step(FAST));
    await measure('idle after it', () => page.waitForTimeout(1500));
    await measure('back, fast', () => step([-400, 240]));
    await measure('to the end', () => page.evaluate(`(${TO_THE_END})(${IMAGES})`).then(() => {}));
    await measure('thumb dragged to the middle', () =>
      page.evaluate(`(${DRAG})(1, 0.5)`).then(() => {}),
    );
    await measure('idle in the middle', () => page.waitForTimeout(1500));
    await measure('slow in the middle', () => step(SLOW));
    await measure('thumb dragged to the top', () =>
      page.evaluate(`(${DRAG})(0.5, 0)`).then(() => {}),
    );
    const session = await page.context().newCDPSession(page);
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    heading(`The grid of ${rounded(IMAGES)} images (milliseconds of the main thread)`);
    table([
      [
        '',
        'frames',
        'median of a frame',
        'p95',
        'longest task',
        'image requests',
        'elements',
        'pictures',
        'height',
      ],
      ...rows,
    ]);
    console.log(`\nJavaScript heap at the end: ${(usedSize / 1e6).toFixed(0)} MB`);
    await browser.close();
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

// These run in the page.
const IN_PAGE = `({
  nodes: document.querySelectorAll('*').length,
  images: document.querySelectorAll('main img').length,
  rows: document.documentElement.scrollHeight,
})`;
const SCROLL = `(pixels, frames) => new Promise((done) => {
  const step = () => {
    if (frames-- <= 0) return done();
    window.scrollBy(0, pixels);
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})`;
const DRAG = `(from, to) => new Promise((done) => {
  const frames = 60;
  let frame = 0;
  const step = () => {
    const share = from + ((to - from) * frame) / frames;
    window.scrollTo(0, share * (document.documentElement.scrollHeight - innerHeight));
    if (frame++ >= frames) return done();
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})`;
/** Drags the scrollbar down repeatedly until the last image is shown. */
const TO_THE_END = `(images) => new Promise((done) => {
  const step = () => {
    window.scrollTo(0, document.documentElement.scrollHeight);
    const text = document.querySelector('main')?.textContent ?? '';
    if (text.includes(images.toLocaleString('en') + ' images in total')) return done();
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})`;

/** @param {string} name @param {readonly import('./support/chromium.mjs').TraceEvent[]} events */
function printEvents(name, events) {
  /** @type {Map<string, number>} */
  const times = new Map();
  for (const { name, tdur, dur } of events) {
    times.set(name, (times.get(name) ?? 0) + (tdur ?? dur ?? 0) / 1000);
  }
  const top = [...times].sort((a, b) => b[1] - a[1]).slice(0, 14);
  console.log(name, top.map(([event, ms]) => `${event} ${ms.toFixed(0)}`).join(', '));
}

/** @param {import('./support/server.mjs').BenchServer} server */
async function uploadParts(server) {
  const photo = await landscapePhoto();
  const { width = 0, height = 0 } = await sharp(photo).metadata();
  for (let n = 0; n < UPLOADS; n++) {
    const left = (n * 379) % (width - 640);
    const top = (n * 211) % (height - 480);
    const bytes = await sharp(photo)
      .extract({ left, top, width: 640, height: 480 })
      .jpeg({ quality: 80 })
      .toBuffer();
    await uploadImage(server, new Uint8Array(bytes), n % 2 ? 'public' : 'private', `part-${n}.jpg`);
  }
}
