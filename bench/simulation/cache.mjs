import { createEntries } from '../../adapters/cache-local/dist/entries.js';

/** Variants of the simulated catalogue. Ratios depend on the share that is kept, hardly on this number. */
const NAMES = 20_000;
const READS = 60_000;
/** The popularity of the n-th most popular one is n to the power of this. */
const ZIPF = -0.9;
const PROJECTS = 20;

/**
 * Share of reads that the cache answers, by its own code for what is kept and what is evicted, when it has space for a
 * share of everything that is asked for. Sizes differ by a factor of 16. The same numbers in every run.
 *
 * @param {number} share 0 to 1
 * @returns {number}
 */
export function hitRatio(share) {
  const random = numbers(1);
  const sizes = Array.from({ length: NAMES }, () => 2 ** (4 * random()));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const names = shuffled(random);
  const pick = zipf(random);
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
  for (let read = 0; read < 2 * READS; read++) {
    const name = names[pick()] ?? 0;
    if (entries.get(keyOf(name)) === undefined) keep(name);
    else if (read >= READS) hits++;
  }
  return hits / READS;
}

/** Ranks, the most popular first, chosen by the Zipf law. @param {() => number} random */
function zipf(random) {
  const sums = new Float64Array(NAMES);
  let sum = 0;
  for (let rank = 0; rank < NAMES; rank++) sums[rank] = sum += (rank + 1) ** ZIPF;
  return () => {
    const wanted = random() * sum;
    let [low, high] = [0, NAMES - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** Popularity has nothing to do with size or project. @param {() => number} random */
function shuffled(random) {
  const all = Array.from({ length: NAMES }, (_, at) => at);
  for (let at = NAMES - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [all[at], all[other]] = [all[other] ?? 0, all[at] ?? 0];
  }
  return all;
}

/** Pseudo-random numbers from 0 to 1 (xorshift32). @param {number} seed */
function numbers(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
