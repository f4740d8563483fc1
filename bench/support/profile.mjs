import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Parts of a server's time. The first pattern that matches a frame's file and function counts.
 *
 * @type {readonly (readonly [part: string, pattern: RegExp])[]}
 */
const PARTS = [
  ['waiting', /^ \((?:idle|root)\)$/],
  ['garbage collection', /^ \(garbage collector\)$/],
  ['writing to sockets, in the kernel', /^ (?:write|shutdown)/],
  ['reading files, in the kernel', /^ (?:read|open|fstat|stat|close)(?:Sync)?$|node:fs/],
  [
    'the database: driver and rows',
    /photostructure|node_modules\/(?:pg|kysely)|records-sql\/dist|^ (?:get|run|all|step)$/,
  ],
  ['the bucket: requests and answers', /undici|aws4fetch|objects-s3/],
  ['signatures and hashes', /crypto|hmac|protocol\/dist\/(?:tokens|token)/i],
  [
    "Node's HTTP, sockets and streams",
    /node:(?:_http|http|net|_stream|stream|internal\/(?:streams|webstreams|http|stream_base))/,
  ],
  ["Node's timers, events and microtasks", /node:|^ \(program\)$|^ runMicrotasks/],
  ['counting and logging', /prom-client|pino|sonic-boom|observe/],
  ['edge and host', /packages\/edge|apps\/node|packages\/protocol|adapters\//],
];

/**
 * Splits the CPU time of a process into these parts, as shares.
 *
 * @param {string} folder of `--cpu-prof-dir`: the longest profile there counts
 * @returns {Promise<readonly (readonly [part: string, share: number])[]>} all of them, in one order
 */
export async function partsOfProfile(folder) {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'));
  const profiles = await Promise.all(
    files.map(
      async (name) =>
        /** @type {Profile} */ (JSON.parse(await readFile(join(folder, name), 'utf8'))),
    ),
  );
  const each = profiles.map(timesOf).sort((a, b) => worked(b) - worked(a));
  const times = each[0] ?? new Map();
  const all = worked(times);
  const parts = [...PARTS.map(([part]) => part), 'other'].filter((part) => part !== 'waiting');
  return parts.map((part) => /** @type {const} */ ([part, (times.get(part) ?? 0) / all]));
}

/**
 * @typedef {object} Profile as V8 writes it
 * @property {readonly { id: number, callFrame: { functionName: string, url: string } }[]} nodes
 * @property {readonly number[]} samples
 * @property {readonly number[]} timeDeltas
 */

/**
 * @param {Profile} profile
 * @returns {Map<string, number>}
 */
function timesOf({ nodes, samples, timeDeltas }) {
  const parts = new Map(nodes.map(({ id, callFrame }) => [id, partOf(callFrame)]));
  /** @type {Map<string, number>} */
  const times = new Map();
  for (const [at, id] of samples.entries()) {
    const part = parts.get(id) ?? 'other';
    times.set(part, (times.get(part) ?? 0) + (timeDeltas[at] ?? 0));
  }
  return times;
}

/** @param {{ functionName: string, url: string }} frame */
function partOf({ functionName, url }) {
  const place = `${url} ${functionName}`;
  return PARTS.find(([, pattern]) => pattern.test(place))?.[0] ?? 'other';
}

/** @param {Map<string, number>} times */
function worked(times) {
  return [...times].reduce((sum, [part, time]) => sum + (part === 'waiting' ? 0 : time), 0);
}
