import { heading, median, ratio, table } from '../support/print.mjs';
import { treeCpuSeconds } from '../support/processes.mjs';
import { fetchAll, variantUrl } from '../support/variants.mjs';
import { bytesAtLikeness } from './bytes.mjs';

const CONNECTIONS = 8;
const ROUNDS = 3;
/** @typedef {{ fmt: string, w: number, count: number }} Case what is asked for, and how often a round */
/** @type {readonly Case[]} */
const CASES = [
  { fmt: 'webp', w: 400, count: 48 },
  { fmt: 'webp', w: 1200, count: 16 },
  { fmt: 'jpeg', w: 400, count: 48 },
  { fmt: 'jpeg', w: 1200, count: 16 },
  { fmt: 'avif', w: 1200, count: 8 },
];
const QUALITY = 80;

/**
 * Measures new variants, compared with ipx with the same file, sizes and qualities. Both alternate.
 *
 * @param {import('../transforms.mjs').Stage} stage
 */
export async function compareNew(stage) {
  const rows = [];
  for (const each of CASES) rows.push(...(await compare(stage, each)));
  heading(`New variants, ${CONNECTIONS} connections (ipx 3.1.1)`);
  const equal = ['bytes at equal SSIM', 're-encoded'];
  const head = ['variant', 'server', 'per second', 'ratio', 'CPU ms each', 'KB each', ...equal];
  table([head, ...rows]);
}

/** @typedef {{ perSecond: number, cpuMs: number, kilobytes: number }} Measured */

/**
 * @param {import('../transforms.mjs').Stage} stage
 * @param {Case} what
 */
async function compare({ server, ipx, photo, image }, { fmt, w, count }) {
  const sides = {
    ipx: { pid: ipx.pid, url: (/** @type {Variant} */ v) => ipx.url('photo.jpg', encoders(v)) },
    AuraImage: { pid: server.pid, url: (/** @type {Variant} */ v) => variantUrl(image, v) },
  };
  /** @type {{ ipx: Measured[], AuraImage: Measured[] }} */
  const runs = { ipx: [], AuraImage: [] };
  for (let round = -1; round < ROUNDS; round++) {
    const variants = newVariants({ fmt, w, count }, round);
    const theirs = await measure(sides.ipx, variants);
    const ours = await measure(sides.AuraImage, variants);
    if (round < 0) continue; // warm-up
    runs.ipx.push(theirs);
    runs.AuraImage.push(ours);
  }
  const middle = (/** @type {Measured[]} */ all, /** @type {keyof Measured} */ member) =>
    median(all.map((run) => run[member]));
  const base = middle(runs.ipx, 'perSecond');
  // Of a size that no round had.
  const bytes = await bytesAtLikeness(photo, { fmt, w: w + count, q: QUALITY }, sides);
  const row = (/** @type {'ipx' | 'AuraImage'} */ name) => [
    `${fmt}, ${w} px`,
    name,
    middle(runs[name], 'perSecond').toFixed(2),
    ratio(middle(runs[name], 'perSecond') / base),
    middle(runs[name], 'cpuMs').toFixed(1),
    mean(runs[name].map((run) => run.kilobytes)).toFixed(1),
    ratio(name === 'ipx' ? 1 : bytes.first),
    ratio(name === 'ipx' ? 1 : bytes.later),
  ];
  return [row('ipx'), row('AuraImage')];
}

/** @typedef {import('../support/variants.mjs').Variant} Variant */

/**
 * The quality that our server passes to the encoder: docs/decisions/0006-one-scale-of-quality.md.
 *
 * @param {Variant} variant
 */
function encoders({ fmt, w, q }) {
  const avif = q < 80 ? 23 + q / 2 : 63 + (q - 80) * 1.85;
  return { fmt, w, q: fmt === 'avif' ? Math.round(avif) : q };
}

/**
 * Mean size in bytes, because sizes differ between qualities.
 *
 * @param {readonly number[]} values
 */
function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Different variants in every round: widths and qualities around the measured ones.
 *
 * @param {Case} what
 * @param {number} round
 * @returns {readonly Variant[]}
 */
function newVariants({ fmt, w, count }, round) {
  return Array.from({ length: count }, (_, at) => ({
    fmt,
    w: w + at - Math.floor(count / 2),
    q: round < 0 ? QUALITY - ROUNDS : QUALITY + round - Math.floor(ROUNDS / 2),
  }));
}

/**
 * @param {{ pid: number, url: (variant: Variant) => string }} side
 * @param {readonly Variant[]} variants
 * @returns {Promise<Measured>}
 */
async function measure({ pid, url }, variants) {
  const before = await treeCpuSeconds(pid);
  const { seconds, bytes } = await fetchAll(variants.map(url), CONNECTIONS);
  const cpu = (await treeCpuSeconds(pid)) - before;
  const each = 1000 / variants.length;
  return {
    perSecond: variants.length / seconds,
    cpuMs: cpu * each,
    kilobytes: bytes / 1000 / variants.length,
  };
}
