import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { AuraImage } from '@auraimage/sdk';
import { noiseImage } from './support/images.mjs';
import { heading, median, ratio, table } from './support/print.mjs';
import { treeCpuSeconds } from './support/processes.mjs';
import { startServer, uploadImage } from './support/server.mjs';
import { BUILD, BUNDLE, DEV_COMMAND, FLOOR, startWorker } from './support/worker.mjs';

const STARTS = 7;
const ROUNDS = 5;
const READS = { warm: 2000, requests: 1000 };
const SIGN_INS = { warm: 2, requests: 4 };
const CONNECTIONS = 8;
const VARIANT = 'w=64&fmt=webp';
const ACCOUNT = { email: 'ada@example.com', password: `bench ${crypto.randomUUID()}` };

/**
 * Measures the Worker in workerd on this machine, compared with the Node server: its size, its start, and CPU time. It
 * includes the simulation of D1 and R2, so a Worker that only asks those is measured in the same set-up.
 */
export async function benchCloudflare() {
  execFileSync(process.execPath, [BUILD], { stdio: 'inherit' }); // of what was compiled now
  const program = await readFile(BUNDLE, 'utf8');
  printSize(program);
  const folder = await mkdtemp(join(tmpdir(), 'aura-bench-'));
  try {
    const worker = await fill(join(folder, 'worker'), { program: DEV_COMMAND });
    const node = await fill(join(folder, 'node'), {});
    await compareStarts(folder, program, { worker, node });
    await compareCpu(folder, program, { worker, node });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {string} program */
function printSize(program) {
  heading('Bundle of the Worker (of 10 MB compressed that Cloudflare allows)');
  const mb = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(2);
  const bytes = Buffer.from(program);
  const compressed = gzipSync(bytes).length;
  table([
    ['', 'MB', 'gzip MB', 'share'],
    ['worker.js', mb(bytes.length), mb(compressed), `${(compressed / 1e5).toFixed(0)} %`],
  ]);
}

/**
 * @typedef {object} Filled a data folder with a private image
 * @property {string} dataDir
 * @property {string} key
 * @property {import('./support/server.mjs').Secrets} secrets
 */

/**
 * @param {string} dataDir
 * @param {{ program?: string }} server
 * @returns {Promise<Filled>}
 */
async function fill(dataDir, server) {
  const started = await startServer({ dataDir, account: ACCOUNT, ...server });
  try {
    const key = await uploadImage(started, await noiseImage(10_000), 'private');
    return { dataDir, key, secrets: started.secrets };
  } finally {
    await started.stop();
  }
}

/** @param {Filled} filled @param {string} url */
async function urlsOf({ secrets, key }, url) {
  const signed = await new AuraImage({ ...secrets, cdnUrl: url }).getSignedUrl(key);
  const { origin, pathname, search } = new URL(signed);
  const address = origin + pathname;
  return { signed, variant: `${address}?${VARIANT}&${search.slice(1)}`, unsigned: address };
}

/**
 * @param {string} folder
 * @param {string} program
 * @param {{ worker: Filled, node: Filled }} filled
 */
async function compareStarts(folder, program, { worker, node }) {
  const sides = {
    'Worker that does nothing': startOf(
      () => startWorker(FLOOR, join(folder, 'floor')),
      async (url) => url,
    ),
    'AuraImage, Worker': startOf(
      () => startWorker(program, worker.dataDir),
      async (url) => (await urlsOf(worker, url)).signed,
    ),
    'AuraImage, Node': startOf(
      () => startServer({ dataDir: node.dataDir, secrets: node.secrets }),
      async (url) => (await urlsOf(node, url)).signed,
    ),
  };
  /** @type {Record<string, Start[]>} */
  const runs = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round < STARTS; round++) {
    for (const [name, start] of Object.entries(sides)) runs[name]?.push(await start());
  }
  const of = (/** @type {string} */ name, /** @type {keyof Start} */ field) =>
    median(runs[name]?.map((run) => run[field]) ?? []);
  const both = (/** @type {string} */ name) => of(name, 'listens') + of(name, 'answers');
  heading('From the start to the first answer (milliseconds)');
  table([
    ['', 'listens', 'first signed read', 'together', 'ratio'],
    ...Object.keys(sides).map((name) => [
      name,
      of(name, 'listens').toFixed(0),
      of(name, 'answers').toFixed(0),
      both(name).toFixed(0),
      ratio(both(name) / both('AuraImage, Node')),
    ]),
  ]);
}

/** @typedef {{ listens: number, answers: number }} Start */

/**
 * @param {() => Promise<{ url: string, stop: () => Promise<void> }>} start
 * @param {(url: string) => Promise<string>} urlOf
 */
function startOf(start, urlOf) {
  return async () => {
    const began = performance.now();
    const server = await start();
    const listens = performance.now() - began;
    try {
      const url = await urlOf(server.url);
      const asked = performance.now();
      await ask(url, 200);
      return { listens, answers: performance.now() - asked };
    } finally {
      await server.stop();
    }
  };
}

/**
 * @param {string} folder
 * @param {string} program
 * @param {{ worker: Filled, node: Filled }} filled
 */
async function compareCpu(folder, program, { worker, node }) {
  const floor = await startWorker(FLOOR, join(folder, 'floor'));
  const ours = await startWorker(program, worker.dataDir);
  const peer = await startServer({ dataDir: node.dataDir, secrets: node.secrets });
  try {
    await ask(floor.url, 200, { method: 'PUT', body: await noiseImage(10_000) });
    const [onWorker, onNode] = [await urlsOf(worker, ours.url), await urlsOf(node, peer.url)];
    const reads = /** @type {const} */ ([
      ['signed read of 10 KB', '/r2', 'signed', 200],
      ['signed read of a kept variant', '/d1', 'variant', 200],
      ['unsigned read, refused', '/d1', 'unsigned', 403],
    ]);
    const { nothing } = await alternate(READS, {
      nothing: { pid: floor.pid, request: () => ask(floor.url, 200) },
    });
    const rows = [];
    for (const [name, floorPath, url, status] of reads) {
      const cpu = await alternate(READS, {
        stores: { pid: floor.pid, request: () => ask(floor.url + floorPath, 200) },
        worker: { pid: ours.pid, request: () => ask(onWorker[url], status) },
        node: { pid: peer.pid, request: () => ask(onNode[url], status) },
      });
      rows.push(rowOf(name, { nothing, ...cpu }));
    }
    const cpu = await alternate(SIGN_INS, {
      worker: { pid: ours.pid, request: () => signIn(ours.url) },
      node: { pid: peer.pid, request: () => signIn(peer.url) },
    });
    rows.push(rowOf('sign-in with a password', { nothing, ...cpu }));
    heading('CPU milliseconds of a request');
    table([
      ['', 'workerd', 'less an empty Worker', 'less D1 and R2', 'Node', 'ratio', 'ratio'],
      ...rows,
    ]);
    console.log(`
workerd: the whole process, with the simulation of D1 and R2.
Less an empty Worker: without the ${nothing.toFixed(2)} ms of a Worker that answers at once.
Less D1 and R2: without what a Worker takes that only asks D1 and R2 as often.
Ratios: of these two to the Node server.`);
  } finally {
    await Promise.all([floor.stop(), ours.stop(), peer.stop()]);
  }
}

/**
 * @param {string} name
 * @param {{ nothing: number, stores?: number, worker: number, node: number }} cpu
 */
function rowOf(name, { nothing, stores, worker, node }) {
  const most = worker - nothing;
  const ms = (/** @type {number | undefined} */ value) => value?.toFixed(2) ?? '';
  const least = stores && worker - stores;
  return [
    name,
    ms(worker),
    ms(most),
    ms(least),
    ms(node),
    ratio(most / node),
    least ? ratio(least / node) : '',
  ];
}

/**
 * CPU milliseconds of a request of each, medians of rounds that alternate.
 *
 * @template {string} Name
 * @param {{ warm: number, requests: number }} load
 * @param {Readonly<Record<Name, { pid: number, request: () => Promise<void> }>>} sides
 * @returns {Promise<Record<Name, number>>}
 */
async function alternate({ warm, requests }, sides) {
  const each = /** @type {[Name, { pid: number, request: () => Promise<void> }][]} */ (
    Object.entries(sides)
  );
  for (const [, { request }] of each) await repeat(request, warm);
  const runs = each.map(([name, side]) => ({ name, side, cpu: /** @type {number[]} */ ([]) }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { side, cpu } of runs) {
      const before = await treeCpuSeconds(side.pid);
      await repeat(side.request, requests);
      cpu.push((((await treeCpuSeconds(side.pid)) - before) / requests) * 1000);
    }
  }
  return /** @type {Record<Name, number>} */ (
    Object.fromEntries(runs.map(({ name, cpu }) => [name, median(cpu)]))
  );
}

/** @param {() => Promise<void>} request @param {number} count */
async function repeat(request, count) {
  let left = count;
  const lane = async () => {
    while (left-- > 0) await request();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, lane));
}

/** @param {string} url @param {number} status @param {RequestInit} [init] */
async function ask(url, status, init) {
  const response = await fetch(url, init);
  const body = await response.arrayBuffer();
  if (response.status !== status) {
    throw new Error(`${url} answered ${response.status} ${Buffer.from(body).subarray(0, 200)}`);
  }
}

/** @param {string} url */
function signIn(url) {
  const headers = { 'Content-Type': 'application/json' };
  return ask(`${url}/v1/auth/sign-in`, 200, {
    method: 'POST',
    headers,
    body: JSON.stringify(ACCOUNT),
  });
}
