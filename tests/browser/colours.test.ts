import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { avif, codedPicture, nclx } from '../files/avif.js';
import { inInks } from '../files/inks.js';
import { asset, inspect, render } from '../files/rendering.js';
import { BROWSER_START_MS, sharedBrowser, type TestBrowser } from './support/browser.js';

// HDR is not compared here: how Chromium shows it on a screen without it may change with its version. The values of
// version 156 are in tests/files.

/** A plane through the cube of colours: red to the right, green down, blue falls along both. */
const SIDE = 48;
const pixels = Buffer.from(
  Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    return [x * 5, y * 5, 255 - Math.floor((x + y) * 2.6)];
  }).flat(),
);
const picture = () => sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } });

type Kind = readonly [
  name: string,
  type: Parameters<typeof render>[1],
  make: () => Promise<Buffer>,
];
const stored = (name: string, type: Kind[1]): Kind => [name, type, async () => asset(name)];
const marked = (name: string, primaries: number, transfer: number): Kind => [
  `AVIF in ${name}`,
  'image/avif',
  async () => {
    const file = await picture()
      .avif({ quality: 100, chromaSubsampling: '4:4:4', effort: 0 })
      .toBuffer();
    const colr = nclx(primaries, transfer, 'full');
    return avif([{ ...codedPicture(file, SIDE, SIDE), properties: { colr } }]);
  },
];

const KINDS: readonly Kind[] = [
  ['JPEG', 'image/jpeg', () => picture().jpeg({ quality: 95 }).toBuffer()],
  ['JPEG in Display P3', 'image/jpeg', () => picture().withIccProfile('p3').jpeg().toBuffer()],
  ['CMYK JPEG', 'image/jpeg', () => inInks(pixels, SIDE, SIDE).jpeg({ quality: 95 }).toBuffer()],
  [
    'PNG of 16 bits in Display P3',
    'image/png',
    () => picture().toColourspace('rgb16').withIccProfile('p3').png().toBuffer(),
  ],
  ['WebP with alpha', 'image/webp', () => picture().ensureAlpha(0.4).webp().toBuffer()],
  marked('Display P3', 12, 13),
  marked('BT.2020', 9, 1),
  marked('linear light', 1, 8),
  stored('cicp-display-p3_reencoded.png', 'image/png'),
  stored('p3-16.png', 'image/png'),
  stored('red16-srgb-icc.png', 'image/png'),
  stored('32Bit-72dpi-sRGB-800x600.avif', 'image/avif'),
  stored('plum-blossom-small.profile0.8bpc.yuv420.alpha-full.monochrome.avif', 'image/avif'),
  stored('pal2.bmp', 'image/bmp'),
  stored('rgb16-231.bmp', 'image/bmp'),
];

let browser: TestBrowser;
let page: Page;
beforeAll(async () => {
  browser = await sharedBrowser();
  page = await browser.newPage();
}, BROWSER_START_MS);
afterAll(() => browser?.close());

/** The pixels that a visitor sees of an image on white. */
async function screenshot(bytes: Buffer, type: string, width: number, height: number) {
  await page.setViewportSize({ width, height });
  const src = `data:${type};base64,${bytes.toString('base64')}`;
  await page.setContent(
    `<body style="margin:0;background:#fff"><img style="display:block" src="${src}">`,
  );
  const size = await page.locator('img').evaluate(async (image) => {
    if (!(image instanceof HTMLImageElement)) throw new Error('no image');
    await image.decode();
    return [image.naturalWidth, image.naturalHeight];
  });
  expect(size).toEqual([width, height]);
  const png = await page.screenshot({ clip: { x: 0, y: 0, width, height } });
  return sharp(png).removeAlpha().raw().toBuffer();
}

describe('a variant has the colours that Chromium shows of the master', () => {
  it.each(KINDS)('%s', async (_, type, make) => {
    const bytes = await make();
    const { width, height } = await inspect(bytes, type);
    const variant = await render(bytes, type);
    const ours = await sharp(variant.bytes).flatten({ background: 'white' }).raw().toBuffer();
    const theirs = await screenshot(bytes, type, width, height);
    const sum = ours.reduce((total, value, i) => total + Math.abs(value - (theirs[i] ?? 0)), 0);
    expect(sum / theirs.length).toBeLessThan(1);
  });
});
