import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { heading, median, ratio, table } from '../support/print.mjs';
import { fetchBytes, variantUrl } from '../support/variants.mjs';

const run = promisify(execFile);
const ROUNDS = 21;
const QUALITY = 60;
/**
 * Options for the same work: no metadata, and the encoder options of the server.
 *
 * @type {readonly { fmt: string, w: number, options: string }[]}
 */
const CASES = [
  { fmt: 'webp', w: 400, options: 'strip' },
  { fmt: 'jpeg', w: 400, options: 'strip,optimize_coding' },
  { fmt: 'png', w: 400, options: 'strip' },
  { fmt: 'webp', w: 1600, options: 'strip' },
];

/**
 * Measures one new variant on an idle server, from the request to the last byte, compared with vipsthumbnail. Its
 * time is that of a whole run: its process starts, uses a thread for each core, and ends.
 *
 * @param {import('../transforms.mjs').Stage} stage
 */
export async function compareOne(stage) {
  const rows = [];
  for (const each of CASES) rows.push(await compare(stage, each));
  const version = execFileSync('vipsthumbnail', ['--vips-version'], { encoding: 'utf8' }).trim();
  const start = await startOf();
  heading(
    `One new variant (vipsthumbnail, ${version}, of whose time ${start} ms start the process)`,
  );
  table([['variant', 'vipsthumbnail ms', 'AuraImage ms', 'ratio'], ...rows]);
}

/**
 * @param {import('../transforms.mjs').Stage} stage
 * @param {(typeof CASES)[number]} what
 */
async function compare({ folder, photo, image }, { fmt, w, options }) {
  /** @type {number[]} */
  const theirs = [];
  /** @type {number[]} */
  const ours = [];
  for (let round = 0; round < ROUNDS; round++) {
    const q = QUALITY + round; // a new variant each time
    const quality = fmt === 'png' ? '' : `,Q=${q}`;
    const output = `${join(folder, `thumbnail.${fmt}`)}[${options}${quality}]`;
    theirs.push(await timeOf(() => run('vipsthumbnail', [photo, '--size', `${w}x`, '-o', output])));
    const variant = fmt === 'png' ? { fmt, w: w + round - 10, q } : { fmt, w, q };
    ours.push(await timeOf(() => fetchBytes(variantUrl(image, variant))));
  }
  const [base, mine] = [median(theirs), median(ours)];
  return [`${fmt}, ${w} px`, base.toFixed(1), mine.toFixed(1), ratio(mine / base)];
}

/** Milliseconds that the program takes without work. */
async function startOf() {
  /** @type {number[]} */
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    times.push(await timeOf(() => run('vipsthumbnail', ['--vips-version'])));
  }
  return median(times).toFixed(0);
}

/** @param {() => Promise<unknown>} work */
async function timeOf(work) {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
