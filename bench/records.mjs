import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFilledRecords } from './support/filled-records.mjs';
import { heading, median, ratio, rounded, table } from './support/print.mjs';

const FEW = 1000;
const MANY = 1_000_000;
const ROUNDS = 15;
const READS = 4000;
/** Reads that bring nearly every page of the larger table to the process, and the code to its speed. */
const WARMING = 200_000;
/** Reads between two commits: few enough that hardly any key comes twice. */
const BATCH = 100;

/**
 * Point reads of image records by random existing keys, with few and with many images. A commit makes
 * SQLite forget the pages that it holds. The tables lie in the machine's memory, as those in use do.
 */
export async function benchRecords() {
  heading(`Point reads of the image record (SQLite, random keys)`);
  const folder = await mkdtemp(join(tmpdir(), 'aura-bench-'));
  const few = await openFilledRecords(folder, FEW);
  const many = await openFilledRecords(folder, MANY);
  try {
    await readsPerSecond(few, false, WARMING);
    await readsPerSecond(many, false, WARMING);
    const rows = [];
    for (const commits of [true, false]) {
      /** @type {{ few: number[], many: number[] }} */
      const runs = { few: [], many: [] };
      for (let round = 0; round < ROUNDS; round++) {
        runs.few.push(await readsPerSecond(few, commits));
        runs.many.push(await readsPerSecond(many, commits));
      }
      const [base, rate] = [median(runs.few), median(runs.many)];
      rows.push([
        commits ? `a commit every ${BATCH} reads` : 'no commits',
        rounded(base),
        rounded(rate),
        ratio(rate / base),
        `${(1e6 / rate - 1e6 / base).toFixed(1)} µs`,
      ]);
    }
    const head = ['', `reads/s of ${rounded(FEW)}`, `reads/s of ${rounded(MANY)}`];
    table([[...head, 'many / few', 'longer by'], ...rows]);
  } finally {
    await Promise.all([few.close(), many.close()]);
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @param {Awaited<ReturnType<typeof openFilledRecords>>} records
 * @param {boolean} commits whether somebody commits before each batch
 */
async function readsPerSecond({ images, address, commit }, commits, reads = READS) {
  let milliseconds = 0;
  for (let read = 0; read < reads; read += BATCH) {
    const addresses = Array.from({ length: BATCH }, address);
    if (commits) commit();
    const started = performance.now();
    for (const each of addresses) {
      if ((await images.find(each)) === null) throw new Error(`${each.key} was not found`);
    }
    milliseconds += performance.now() - started;
  }
  return (reads / milliseconds) * 1000;
}
