import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { startIpx } from './support/ipx.mjs';
import { landscapePhoto } from './support/landscape.mjs';
import { needs, onFastLoopback } from './support/loopback.mjs';
import { heading, median, ratio, table } from './support/print.mjs';
import { startServer, uploadImage } from './support/server.mjs';
import { fetchBytes, variantUrl } from './support/variants.mjs';

/** As in the `srcset` of a picture as wide as the page. */
const WIDTHS = [320, 640, 960, 1280, 1600, 1920];
/** What one client alone asks for. */
const ONE = [960];
const QUALITY = 80;
/** AVIF at the quality number that our encoder uses: docs/decisions/0006-one-scale-of-quality.md. */
const AVIF_QUALITY = 63;
const ROUNDS = 3;
const MANY = 8;

/** @typedef {'photo.jpg' | 'photo.png' | 'photo.heic'} File */
/** @type {readonly { file: File, fmt: string, many: boolean }[]} */
const CASES = [
  { file: 'photo.jpg', fmt: 'avif', many: false },
  { file: 'photo.jpg', fmt: 'webp', many: true },
  { file: 'photo.png', fmt: 'webp', many: true },
  { file: 'photo.heic', fmt: 'webp', many: true },
];

/**
 * Measures how long a client waits for all widths of a photo of 12 megapixels, none of which were made before, as a
 * JPEG, a PNG and a HEIC; with one client and with several that ask at the same time, compared with one width, and with
 * ipx, which does not read HEIC.
 */
export async function benchSrcset() {
  needs('heif-enc', 'libheif-examples');
  const folder = await mkdtemp(join(tmpdir(), 'aura-bench-'));
  /** @type {(() => Promise<void>)[]} */
  const stops = [];
  try {
    const files = join(folder, 'files');
    await mkdir(files);
    await makeFiles(files);
    const ipx = await startIpx(files);
    stops.push(ipx.stop);
    const server = await startServer({ dataDir: join(folder, 'data') });
    stops.push(server.stop);
    const rows = await onFastLoopback(async () => {
      const all = [];
      for (const each of CASES) all.push(...(await measure(each, { files, ipx, server })));
      return all;
    });
    heading(`A new srcset of ${WIDTHS.length} widths at once (ipx 3.1.1)`);
    table([
      ['master', 'clients', 'ipx s', 'AuraImage s', 'times as fast', 'as one width'],
      ...rows,
    ]);
  } finally {
    await Promise.all(stops.map((stop) => stop()));
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {string} folder */
async function makeFiles(folder) {
  const jpeg = await landscapePhoto();
  await writeFile(join(folder, 'photo.jpg'), jpeg);
  await sharp(jpeg).png().toFile(join(folder, 'photo.png'));
  execFileSync('heif-enc', [
    '-q',
    '60',
    join(folder, 'photo.jpg'),
    '-o',
    join(folder, 'photo.heic'),
  ]);
}

/**
 * Both servers alternate. Each round has a new upload of the same file, of which no variant is kept.
 *
 * @param {(typeof CASES)[number]} what
 * @param {{
 *   files: string,
 *   ipx: Awaited<ReturnType<typeof startIpx>>,
 *   server: import('./support/server.mjs').BenchServer,
 * }} stage
 */
async function measure({ file, fmt, many }, { files, ipx, server }) {
  const bytes = new Uint8Array(await readFile(join(files, file)));
  const hasPeer = file !== 'photo.heic';
  const ours = async (/** @type {readonly number[]} */ widths, clients = 1) => {
    const key = await uploadImage(server, bytes, 'public', file);
    const image = `${server.url}/${server.secrets.projectName}/${key}`;
    return secondsOf(
      widths.map((w) => variantUrl(image, { fmt, w, q: QUALITY })),
      clients,
    );
  };
  const q = fmt === 'avif' ? AVIF_QUALITY : QUALITY;
  const theirs = (clients = 1) =>
    hasPeer
      ? secondsOf(
          WIDTHS.map((w) => ipx.url(file, { fmt, w, q })),
          clients,
        )
      : Number.NaN;
  await ours(ONE);
  // An AVIF of ipx takes seconds, whose ratio needs no median.
  const rounds = fmt === 'avif' ? 1 : ROUNDS;
  /** @type {{ one: number[], all: number[], peer: number[] }} */
  const runs = { one: [], all: [], peer: [] };
  for (let round = 0; round < rounds; round++) {
    runs.peer.push(await theirs());
    runs.one.push(await ours(ONE));
    runs.all.push(await ours(WIDTHS));
  }
  const one = median(runs.one);
  const row = (
    /** @type {number} */ clients,
    /** @type {number} */ peer,
    /** @type {number} */ all,
  ) => [
    `${file.slice('photo.'.length)} → ${fmt}`,
    clients,
    hasPeer ? peer.toFixed(2) : '–',
    all.toFixed(2),
    hasPeer ? ratio(peer / all) : '–',
    ratio(all / one),
  ];
  const rows = [row(1, median(runs.peer), median(runs.all))];
  if (many) rows.push(row(MANY, await theirs(MANY), await ours(WIDTHS, MANY)));
  return rows;
}

/**
 * Seconds until clients that start together have all URLs. Each asks for all at once.
 *
 * @param {readonly string[]} urls
 * @param {number} clients
 */
async function secondsOf(urls, clients) {
  const started = performance.now();
  await Promise.all(Array.from({ length: clients }, () => urls.map(fetchBytes)).flat());
  return (performance.now() - started) / 1000;
}
