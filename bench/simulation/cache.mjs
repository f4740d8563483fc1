import { createEntries } from '../../adapters/cache-local/dist/entries.js';
import { numbers, shuffled, zipf } from './draws.mjs';

/** The usual popularity of images. */
export const ZIPF = -0.9;
const PROJECTS = 20;

/**
 * Variants of the simulated catalogue, reads that are counted after as many others, and popularity. Ratios depend on the
 * share that is kept, hardly on the number of variants.
 */
const USUAL = { variants: 20_000, reads: 60_000, exponent: ZIPF };

/**
 * Share of reads that the cache answers, by its own code for what is kept and what is evicted, when it has space for a
 * share of everything that is asked for. Sizes differ by a factor of 16. The same numbers in every run.
 *
 * @param {number} share 0 to 1
 * @param {Partial<typeof USUAL>} [load]
 * @returns {number}
 */
export function hitRatio(share, load = {}) {
  const { variants, reads, exponent } = { ...USUAL, ...load };
  const random = numbers(1);
  const sizes = Array.from({ length: variants }, () => 2 ** (4 * random()));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  // Popularity has nothing to do with size or project.
  const names = shuffled(variants, random);
  const pick = zipf(variants, exponent, random);
  let clock = 0;
  const now = () => ++clock / 1000;
  const entries = createEntries({
    maxBytes: total * share,
    now,
    bytesOf: (/** @type {{ size: number, usedAt: number }} */ { size }) => Math.ceil(size),
  });
  const keyOf = (/** @type {number} */ name) => `public~${name}~w`;
  const keep = (/** @type {number} */ name) =>
    entries.set(keyOf(name), `p${name % PROJECTS}`, { size: sizes[name] ?? 1, usedAt: now() });
  // As after a long time: everything was read once, the most popular ones last.
  for (const name of [...names].reverse()) keep(name);
  let hits = 0;
  for (let read = 0; read < 2 * reads; read++) {
    const name = names[pick()] ?? 0;
    if (entries.get(keyOf(name)) === undefined) keep(name);
    else if (read >= reads) hits++;
  }
  return hits / reads;
}
