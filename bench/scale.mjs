import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { noiseImage } from './support/images.mjs';
import { needs, onFastLoopback } from './support/loopback.mjs';
import { heading, median, ratio, rounded, table } from './support/print.mjs';
import { treeCpuSeconds } from './support/processes.mjs';
import { partsOfProfile } from './support/profile.mjs';
import { startServer, uploadImage } from './support/server.mjs';
import { startSharedStores } from './support/shared-stores.mjs';
import { requestsPerSecond } from './support/wrk.mjs';

const BYTES = 100_000;
const PROCESSES = [1, 2, 4];
const ROUNDS = 3;
const SECONDS = 3;
const CONNECTIONS = 32;

/**
 * Signed reads and uploads of a small private PNG by 1, 2 and 4 processes, with SQLite and a folder and with
 * PostgreSQL and a bucket that run on the same machine. All servers of a kind alternate.
 */
export async function benchScale() {
  needs('wrk', 'wrk');
  const folder = await mkdtemp(join(tmpdir(), 'aura-bench-'));
  const shared = await startSharedStores();
  try {
    const kinds = [
      { kind: 'SQLite, folder', settings: async () => ({}) },
      { kind: 'PostgreSQL, bucket', settings: shared.settings },
    ];
    /** @type {Row[]} */
    const rows = [];
    /** @type {Map<string, string[]>} */
    const parts = new Map();
    for (const { kind, settings } of kinds) {
      const of = { folder, kind, settings };
      rows.push(...(await onFastLoopback(() => compare(of))));
      for (const [part, share] of await onFastLoopback(() => profile(of))) {
        parts.set(part, [...(parts.get(part) ?? []), `${Math.round(share * 100)} %`]);
      }
    }
    heading(
      `Reads and uploads by several processes (load of the machine: ${loadavg()[0]?.toFixed(1)})`,
    );
    printRates(rows);
    heading('What the time of signed reads went into, one process');
    const head = ['part', ...kinds.map(({ kind }) => kind)];
    table([head, ...[...parts].map(([part, shares]) => [part, ...shares])]);
  } finally {
    await shared.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @typedef {{ folder: string, kind: string, settings: () => Promise<Readonly<Record<string, string>>> }} Kind
 * @typedef {{ perSecond: number, cpuSeconds: number }} Measured cpuSeconds: for a million requests
 * @typedef {{ kind: string, processes: number, reads: Measured[], uploads: Measured[] }} Row
 */

/** @param {readonly Row[]} rows */
function printRates(rows) {
  const middle = (/** @type {Measured[]} */ runs) => ({
    perSecond: median(runs.map(({ perSecond }) => perSecond)),
    cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)),
  });
  const all = rows.map((row) => ({
    ...row,
    reads: middle(row.reads),
    uploads: middle(row.uploads),
  }));
  const base = all[0];
  const head = ['kind', 'processes', 'reads/s', 'ratio', 'CPU s per million', 'uploads/s', 'ratio'];
  const cells = all.map(({ kind, processes, reads, uploads }) => [
    kind,
    processes,
    rounded(reads.perSecond),
    ratio(reads.perSecond / (base?.reads.perSecond ?? 1)),
    rounded(reads.cpuSeconds),
    rounded(uploads.perSecond),
    ratio(uploads.perSecond / (base?.uploads.perSecond ?? 1)),
  ]);
  table([head, ...cells]);
}

/**
 * @param {Kind} kind
 * @returns {Promise<Row[]>}
 */
async function compare({ folder, kind, settings }) {
  const sides = [];
  try {
    for (const processes of PROCESSES) {
      const load = await startSide({ folder, kind, settings }, processes);
      sides.push({ kind, processes, load, row: rowOf(kind, processes) });
    }
    for (const { load } of sides) await measure(load.pid, load.read); // warms
    for (let round = 0; round < ROUNDS; round++) {
      for (const { load, row } of sides) row.reads.push(await measure(load.pid, load.read));
    }
    // Measured last, because the server continues with uploads that `wrk` has abandoned.
    for (let round = 0; round < ROUNDS; round++) {
      for (const { load, row } of sides) row.uploads.push(await measure(load.pid, load.upload));
    }
    return sides.map(({ row }) => row);
  } finally {
    await Promise.all(sides.map(({ load }) => load.stop()));
  }
}

/**
 * @param {string} kind
 * @param {number} processes
 * @returns {Row}
 */
function rowOf(kind, processes) {
  return { kind, processes, reads: [], uploads: [] };
}

/**
 * A server with the files that `wrk` needs to read and to upload.
 *
 * @param {Kind} kind
 * @param {number} processes
 * @param {readonly string[]} [flags] Node's
 */
async function startSide({ folder, settings }, processes, flags = []) {
  const dataDir = await mkdtemp(join(folder, 'data-'));
  const all = { ...(await settings()), AURA_WORKERS: String(processes) };
  const server = await startServer({ dataDir, flags, settings: all });
  const image = await noiseImage(BYTES);
  const key = await uploadImage(server, image, 'private');
  const upload = join(dataDir, 'upload.lua');
  await writeFile(upload, await uploadScript(dataDir, image, await server.aura.signUpload({})));
  const load = { connections: CONNECTIONS, seconds: SECONDS };
  const read = await server.aura.getSignedUrl(key);
  return {
    pid: server.pid,
    stop: server.stop,
    read: () => requestsPerSecond(read, load),
    upload: () => requestsPerSecond(`${server.url}/v1/upload`, { ...load, script: upload }),
  };
}

/**
 * @param {string} folder
 * @param {Uint8Array<ArrayBuffer>} image
 * @param {string} token
 */
async function uploadScript(folder, image, token) {
  const form = new FormData();
  form.append('file', new Blob([image]), 'bench.png');
  const encoded = new Response(form);
  const type = encoded.headers.get('content-type') ?? '';
  const body = join(folder, 'upload.body');
  await writeFile(body, new Uint8Array(await encoded.arrayBuffer()));
  return `wrk.method = "POST"
wrk.headers["Content-Type"] = ${JSON.stringify(type)}
wrk.headers["X-Aura-Signature"] = ${JSON.stringify(token)}
local file = io.open(${JSON.stringify(body)}, "rb")
wrk.body = file:read("*a")
file:close()
`;
}

/**
 * @param {number} pid
 * @param {() => Promise<number>} load
 * @returns {Promise<Measured>}
 */
async function measure(pid, load) {
  const before = await treeCpuSeconds(pid);
  const perSecond = await load();
  const used = (await treeCpuSeconds(pid)) - before;
  return { perSecond, cpuSeconds: (used / (perSecond * SECONDS)) * 1_000_000 };
}

/** @param {Kind} kind */
async function profile(kind) {
  const profiles = await mkdtemp(join(kind.folder, 'profiles-'));
  const flags = ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
  const load = await startSide(kind, 1, flags);
  for (let round = 0; round < ROUNDS; round++) await load.read();
  await load.stop();
  return partsOfProfile(profiles);
}
