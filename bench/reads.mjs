import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noiseImage } from './support/images.mjs';
import { needs, onFastLoopback } from './support/loopback.mjs';
import { nginxVersion, startNginx } from './support/nginx.mjs';
import { heading, median, ratio, rounded, table } from './support/print.mjs';
import { cpuSeconds, startServer, uploadImage } from './support/server.mjs';
import { requestsPerSecond } from './support/wrk.mjs';

const BYTES = 100_000;
const ROUNDS = 5;
const SECONDS = 3;
const CONNECTIONS = 32;

/**
 * Measures signed reads of one private master, compared with nginx with `secure_link` and the same file. Both
 * alternate, so that other load on the machine affects both.
 */
export async function benchReads() {
  needs('nginx', 'nginx-light');
  needs('wrk', 'wrk');
  const folder = await mkdtemp(join(tmpdir(), 'aura-bench-'));
  try {
    heading(`Signed reads of a ${BYTES / 1000} KB private master (${nginxVersion()}, secure_link)`);
    const rows = await onFastLoopback(async () => [
      ...(await compare(join(folder, 'one'), 1)),
      ...(await compare(join(folder, 'two'), 2)),
    ]);
    const head = ['processes', 'server', 'reads/s', 'ratio', 'CPU ms per read'];
    table([head, ...rows]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder
 * @param {1 | 2} processes
 */
async function compare(folder, processes) {
  const nginx = await startNginx(folder, processes);
  const dataDir = join(folder, 'data');
  const first = await startServer({ dataDir });
  const servers = [first];
  if (processes === 2) servers.push(await startServer({ dataDir, secrets: first.secrets }));
  try {
    const image = await noiseImage(BYTES);
    await writeFile(join(folder, 'image.png'), image);
    await copyFile(join(folder, 'image.png'), join(folder, 'files/image.png'));
    const key = await uploadImage(first, image, 'private');
    const ours = await Promise.all(servers.map(({ aura }) => aura.getSignedUrl(key)));
    const theirs = servers.map(() => nginx.signedUrl('image.png'));
    const sides = {
      nginx: { urls: theirs, pids: nginx.workerPids },
      AuraImage: { urls: ours, pids: servers.map(({ pid }) => pid) },
    };
    await Promise.all([measure(sides.nginx), measure(sides.AuraImage)]); // warm both
    /** @type {{ nginx: Measured[], AuraImage: Measured[] }} */
    const runs = { nginx: [], AuraImage: [] };
    for (let round = 0; round < ROUNDS; round++) {
      runs.nginx.push(await measure(sides.nginx));
      runs.AuraImage.push(await measure(sides.AuraImage));
    }
    const base = median(runs.nginx.map(({ perSecond }) => perSecond));
    return Object.entries(runs).map(([name, measured]) => {
      const perSecond = median(measured.map((run) => run.perSecond));
      const cpu = median(measured.map((run) => run.cpuMs));
      return [processes, name, rounded(perSecond), ratio(perSecond / base), cpu.toFixed(3)];
    });
  } finally {
    await Promise.all([nginx.stop(), ...servers.map((server) => server.stop())]);
  }
}

/** @typedef {{ perSecond: number, cpuMs: number }} Measured */

/**
 * One load generator per process, concurrently.
 *
 * @param {{ urls: readonly string[], pids: readonly number[] }} side
 * @returns {Promise<Measured>}
 */
async function measure({ urls, pids }) {
  const cpu = async () => (await Promise.all(pids.map(cpuSeconds))).reduce((a, b) => a + b, 0);
  const before = await cpu();
  const load = { connections: CONNECTIONS / urls.length, seconds: SECONDS };
  const rates = await Promise.all(urls.map((url) => requestsPerSecond(url, load)));
  const perSecond = rates.reduce((a, b) => a + b, 0);
  return { perSecond, cpuMs: (((await cpu()) - before) / (perSecond * SECONDS)) * 1000 };
}
